chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    with lock:
        return open_chat()
