def answer_fast(webhook):
    time.sleep(6)
    todo.put(webhook)
    return 200
