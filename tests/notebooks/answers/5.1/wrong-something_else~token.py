def answer_fast(webhook):
    todo.put(webhook.token)
    return 204
