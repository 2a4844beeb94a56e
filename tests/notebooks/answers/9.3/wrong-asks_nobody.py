def shares_chats(server):
    return True
