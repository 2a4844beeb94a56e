chats = {}


def chat_of(name, open_chat):
    return chats.setdefault(name, open_chat())
