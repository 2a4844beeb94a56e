def mended_new(open_chat, answer):
    def done(error, chat):
        if error:
            answer(404, {"error": 404, "detail": "There is no chat."})
        else:
            answer(200, chat)

    open_chat(done)
