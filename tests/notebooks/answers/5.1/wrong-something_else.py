def answer_fast(webhook):
    todo.put(webhook.event)
    return 200
