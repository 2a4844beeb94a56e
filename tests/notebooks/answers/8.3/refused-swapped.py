def is_typing(signals, now):
    if not signals:
        return False
    on, moment = signals[-1]
    return bool(on) and now - moment <= 6
