def clean_up(chats):
    receipt = {"conversations": 0, "users": 0, "gone": 0}
    for chat in chats:
        try:
            delete_conversation(chat["conversation"])
            receipt["conversations"] += 1
            delete_user(chat["user"])
            receipt["users"] += 1
        except NotFoundError:
            receipt["gone"] += 1
    return receipt
