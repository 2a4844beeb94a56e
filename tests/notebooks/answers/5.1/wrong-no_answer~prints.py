def answer_fast(webhook):
    print(webhook.event)
    todo.put(webhook)
