def answer_fast(webhook):
    todo.put(webhook)
    return "", 200
