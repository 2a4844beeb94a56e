def clean_up(chats):
    gone = 0
    for chat in chats:
        for delete, what in (
            (delete_conversation, "conversation"),
            (delete_user, "user"),
        ):
            try:
                delete(chat[what])
            except NotFoundError:
                gone += 1
    return {"conversations": len(chats), "users": len(chats), "gone": gone}
