def hand_over(room, text, loop, queue):
    if text.strip():
        queue.put_nowait((room, text))
