def clean_up(chats):
    receipt = {"conversations": 0, "users": 0, "gone": 0}
    try:
        for chat in chats:
            delete_conversation(chat["conversation"])
            delete_user(chat["user"])
            receipt["conversations"] += 1
            receipt["users"] += 1
    except NotFoundError:
        receipt["gone"] += 1
    return receipt
