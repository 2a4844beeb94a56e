chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    with lock:
        there = name in chats
    if not there:
        chats[name] = open_chat()
    return chats[name]
