chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    with lock:
        while name not in chats:
            try:
                chats[name] = open_chat()
            except ConnectionError:
                chats[name] = {"conversation": None}
        return chats[name]
