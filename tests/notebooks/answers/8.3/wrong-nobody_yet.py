def is_typing(signals, now):
    moment, on = signals[-1]
    return on and now - moment <= 6
