def mended_new(open_chat, answer):
    open_chat(lambda error, chat: answer(200, chat or {"error": 503, "detail": "No."}))
