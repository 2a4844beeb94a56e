def is_typing(signals, now):
    fresh = [on for moment, on in signals if now - moment <= 6]
    return bool(fresh) and all(fresh)
