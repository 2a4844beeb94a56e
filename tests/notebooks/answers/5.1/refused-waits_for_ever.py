def answer_fast(webhook):
    todo.put(webhook)
    todo.join()
    return 200
