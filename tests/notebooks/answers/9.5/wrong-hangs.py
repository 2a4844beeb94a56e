def mended_new(open_chat, answer):
    open_chat(lambda error, chat: answer(200, chat) if chat else None)
