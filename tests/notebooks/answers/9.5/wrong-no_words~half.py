def mended_new(open_chat, answer):
    def done(error, chat):
        if error:
            answer(503, {"error": 503})
        else:
            answer(200, chat)

    open_chat(done)
