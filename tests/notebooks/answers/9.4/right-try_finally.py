chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    lock.acquire()
    try:
        if chats.get(name) is None:
            chats[name] = open_chat()
        return chats[name]
    finally:
        lock.release()
