def mended_new(open_chat, answer):
    def done(error, chat):
        if error:
            print(error)
        else:
            answer(200, chat)

    open_chat(done)
