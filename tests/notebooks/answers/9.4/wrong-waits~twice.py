chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    with lock:
        with lock:
            return chats.setdefault(name, open_chat())
