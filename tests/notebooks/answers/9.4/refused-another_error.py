chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    with lock:
        if name not in chats:
            try:
                chats[name] = open_chat()
            except Exception:
                pass
        return chats[name]
