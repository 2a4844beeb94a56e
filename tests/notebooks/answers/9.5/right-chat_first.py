def mended_new(open_chat, answer):
    def done(problem, room):
        if room:
            answer(200, room)
        else:
            answer(503, dict(error=503, detail="Please try again."))

    open_chat(done)
