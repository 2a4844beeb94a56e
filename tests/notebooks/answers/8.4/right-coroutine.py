def hand_over(room, text, loop, queue):
    if not text.strip():
        return
    asyncio.run_coroutine_threadsafe(queue.put((room, text)), loop)
