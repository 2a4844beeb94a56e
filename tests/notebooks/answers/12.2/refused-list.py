def clean_up(chats):
    counts = [0, 0, 0]
    for chat in chats:
        for at, delete in enumerate((delete_conversation, delete_user)):
            try:
                delete(chat["user" if at else "conversation"])
                counts[at] += 1
            except NotFoundError:
                counts[2] += 1
    return counts
