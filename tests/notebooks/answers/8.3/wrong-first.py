def is_typing(signals, now):
    if not signals:
        return False
    moment, on = signals[0]
    return on and now - moment <= 6
