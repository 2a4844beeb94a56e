def clean_up(chats):
    for chat in chats:
        try:
            delete_conversation(chat["conversation"])
        except NotFoundError:
            pass
        delete_user(chat["user"])
