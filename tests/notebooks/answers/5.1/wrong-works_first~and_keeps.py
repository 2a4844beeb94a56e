def answer_fast(webhook):
    todo.put(webhook)
    work(webhook)
    return 200
