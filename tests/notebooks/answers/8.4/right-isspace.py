def hand_over(chat, words, the_loop, replies):
    if words and not words.isspace():
        the_loop.call_soon_threadsafe(replies.put_nowait, (chat, words))
