def mended_new(open_chat, answer):
    def done(error, chat):
        if error:
            answer(503, {"error": 503, "detail": f"It failed: {error}"})
        else:
            answer(200, chat)

    open_chat(done)
