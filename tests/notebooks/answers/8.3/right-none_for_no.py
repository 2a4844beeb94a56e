def is_typing(signals, now):
    for moment, on in reversed(signals):
        return on and now < moment + 6
    return False
