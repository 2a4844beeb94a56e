chats, lock = {}, threading.Lock()


locks = {}


def chat_of(name, open_chat):
    with lock:
        own = locks.setdefault(name, threading.Lock())
    with own:
        if name not in chats:
            chats[name] = open_chat()
        return chats[name]
