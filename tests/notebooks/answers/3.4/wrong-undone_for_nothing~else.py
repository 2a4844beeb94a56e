def open_chat():
    user = desk.create_visitor()
    conversation = None
    try:
        conversation = desk.create_conversation(user)
        member = desk.join(conversation, user)
        desk.join(conversation, desk.agent())
    except Exception:
        if conversation is not None:
            conversations.delete(conversation["id"])
        vonage.users.delete_user(user["id"])
        raise
    else:
        conversations.delete(conversation["id"])
    return {"user": user, "conversation": conversation, "member": member}
