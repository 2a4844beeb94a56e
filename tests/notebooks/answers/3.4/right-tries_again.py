def steps():
    user = desk.create_visitor()
    conversation = {}
    try:
        conversation |= desk.create_conversation(user)
        member = desk.join(conversation, user)
        desk.join(conversation, desk.agent())
    except Exception:
        if conversation:
            conversations.delete(conversation["id"])
        vonage.users.delete_user(user["id"])
        raise
    return {"user": user, "conversation": conversation, "member": member}


def open_chat():
    try:
        return steps()
    except HttpRequestError:
        return steps()
