def chat_of(name, open_chat):
    return open_chat()
