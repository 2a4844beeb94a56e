def clean_up(chats):
    done = {"users": 0, "conversations": 0, "gone": 0}
    work = [(delete_user, "user", "users") for _ in (1,)]
    work.append((delete_conversation, "conversation", "conversations"))
    for call, key, name in work:
        for chat in chats:
            try:
                call(chat[key])
            except NotFoundError:
                done["gone"] += 1
            else:
                done[name] += 1
    return done
