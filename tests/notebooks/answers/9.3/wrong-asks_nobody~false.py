def shares_chats(server):
    return False
