def clean_up(chats):
    for chat in chats:
        delete_conversation(chat["conversation"])
        delete_user(chat["user"])
    return {"conversations": len(chats), "users": len(chats), "gone": 0}
