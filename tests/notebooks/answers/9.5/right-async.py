async def mended_new(open_chat, answer):
    def done(error, chat):
        if error:
            answer(503, {"error": 503, "detail": "There is no chat just now."})
        else:
            answer(200, chat)

    open_chat(done)
