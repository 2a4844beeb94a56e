chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    if name in chats:
        return chats[name]
    with lock:
        if name not in chats:
            chats[name] = open_chat()
        return chats[name]
