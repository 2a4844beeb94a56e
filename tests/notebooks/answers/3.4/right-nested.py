def open_chat():
    user = desk.create_visitor()
    try:
        conversation = desk.create_conversation(user)
        try:
            member = desk.join(conversation, user)
            desk.join(conversation, desk.agent())
        except BaseException:
            conversations.delete(conversation["id"])
            raise
    except BaseException:
        vonage.users.delete_user(user["id"])
        raise
    return dict(user=user, conversation=conversation, member=member)
