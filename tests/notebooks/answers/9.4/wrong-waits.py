chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    lock.acquire()
    if name not in chats:
        chats[name] = open_chat()
    return chats[name]
