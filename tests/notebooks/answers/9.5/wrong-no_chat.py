def mended_new(open_chat, answer):
    open_chat(lambda *_: answer(503, {"error": 503, "detail": "Not now."}))
