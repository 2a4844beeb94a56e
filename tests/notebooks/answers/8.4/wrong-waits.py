def hand_over(room, text, loop, queue):
    if text.strip():
        putting = queue.put((room, text))
        asyncio.run_coroutine_threadsafe(putting, loop).result(timeout=3)
