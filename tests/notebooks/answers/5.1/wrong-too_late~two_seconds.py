def answer_fast(webhook):
    todo.put(webhook)
    time.sleep(2)
    return 200
