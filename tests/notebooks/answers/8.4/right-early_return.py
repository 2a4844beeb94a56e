def hand_over(room, text, loop, queue):
    # ...
    if text.strip() == "":
        return None
    loop.call_soon_threadsafe(queue.put_nowait, (room, text))
