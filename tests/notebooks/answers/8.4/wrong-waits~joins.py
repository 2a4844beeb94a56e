def hand_over(room, text, loop, queue):
    if text.strip():
        done = threading.Event()

        def put():
            queue.put_nowait((room, text))
            done.set()

        loop.call_soon_threadsafe(put)
        done.wait(4)
