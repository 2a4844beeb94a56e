def is_typing(signals, now):
    return True
