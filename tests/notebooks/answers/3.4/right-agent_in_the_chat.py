def open_chat():
    user = desk.create_visitor()
    conversation = None
    try:
        conversation = desk.create_conversation(user)
        member = desk.join(conversation, user)
        agent = desk.join(conversation, desk.agent())
    except Exception:
        if conversation is not None:
            conversations.delete(conversation["id"])
        vonage.users.delete_user(user["id"])
        raise
    return {
        "user": user,
        "conversation": conversation,
        "member": member,
        "agent": agent,
    }
