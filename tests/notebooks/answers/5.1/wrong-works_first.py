def answer_fast(webhook):
    work(webhook)
    return 200
