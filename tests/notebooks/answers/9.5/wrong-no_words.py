def mended_new(open_chat, answer):
    def done(error, chat):
        if error:
            answer(503, "Not now.")
        else:
            answer(200, chat)

    open_chat(done)
