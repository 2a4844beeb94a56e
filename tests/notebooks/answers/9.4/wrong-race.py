chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    if name not in chats:
        chat = open_chat()
        with lock:
            chats[name] = chat
    return chats[name]
