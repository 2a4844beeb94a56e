def is_typing(signals, now):
    typing, since = False, 0
    for moment, on in signals:
        typing, since = on, moment
    return typing and now - since <= 6
