async def answer_fast(webhook):
    todo.put_nowait(webhook)
    return 202
