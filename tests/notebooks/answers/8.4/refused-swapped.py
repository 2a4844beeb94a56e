def hand_over(room, text, loop, queue):
    if text.strip():
        loop.call_soon_threadsafe(queue.put_nowait, (text, room))
