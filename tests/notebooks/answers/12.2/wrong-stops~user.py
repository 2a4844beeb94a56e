def clean_up(chats):
    gone = 0
    for chat in chats:
        try:
            delete_conversation(chat["conversation"])
        except NotFoundError:
            gone += 1
        delete_user(chat["user"])
    return {"conversations": len(chats) - gone, "users": len(chats), "gone": gone}
