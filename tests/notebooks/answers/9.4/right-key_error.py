chats, lock = {}, threading.Lock()


def chat_of(who, opener):
    with lock:
        try:
            return chats[who]
        except KeyError:
            pass
        return chats.setdefault(who, opener())
