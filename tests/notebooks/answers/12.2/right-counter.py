def clean_up(chats):
    receipt = dict.fromkeys(("conversations", "users", "gone"), 0)
    for chat in chats:
        try:
            delete_conversation(chat["conversation"])
            receipt["conversations"] += 1
        except NotFoundError:
            receipt["gone"] += 1
        try:
            delete_user(chat["user"])
            receipt["users"] += 1
        except NotFoundError:
            receipt["gone"] += 1
    return receipt
