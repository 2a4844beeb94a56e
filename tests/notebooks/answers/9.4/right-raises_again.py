chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    with lock:
        if name in chats:
            return chats[name]
        try:
            chats[name] = open_chat()
        except Exception:
            raise
        return chats[name]
