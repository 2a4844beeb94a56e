def in_order(chats):
    waiting = [chat for chat in chats if chat["waiting_since"]]
    others = [chat for chat in chats if not chat["waiting_since"]]
    waiting.sort(key=lambda chat: chat["waiting_since"])
    return waiting + others
