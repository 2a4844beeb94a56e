chats = {}


def chat_of(name, open_chat):
    if name not in chats:
        chats[name] = open_chat()
    return chats[name]
