chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    with lock:
        if name not in chats:
            chats[name] = None
            chats[name] = open_chat()
        return chats[name]
