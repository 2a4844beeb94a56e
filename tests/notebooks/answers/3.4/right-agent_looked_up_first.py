def open_chat():
    agent = desk.agent()
    user = desk.create_visitor()
    conversation = None
    try:
        conversation = desk.create_conversation(user)
        member = desk.join(conversation, user)
        desk.join(conversation, agent)
    except Exception:
        if conversation is not None:
            conversations.delete(conversation["id"])
        vonage.users.delete_user(user["id"])
        raise
    return {"user": user, "conversation": conversation, "member": member}
