later = []


def answer_fast(webhook):
    later.append(webhook)
    return 200
