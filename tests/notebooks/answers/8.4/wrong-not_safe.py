def hand_over(room, text, loop, queue):
    if text.strip():
        loop.call_soon(queue.put_nowait, (room, text))
