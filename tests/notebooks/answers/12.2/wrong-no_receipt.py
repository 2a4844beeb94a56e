def clean_up(chats):
    for chat in chats:
        for delete, what in (
            (delete_conversation, "conversation"),
            (delete_user, "user"),
        ):
            try:
                delete(chat[what])
            except NotFoundError:
                pass
