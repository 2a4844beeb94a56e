def answer_fast(webhook):
    return 200
