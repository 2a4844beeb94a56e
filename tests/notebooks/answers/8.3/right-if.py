def is_typing(signals, now):
    if signals:
        moment, on = signals[-1]
        if on and now - moment < 6:
            return True
    return False
