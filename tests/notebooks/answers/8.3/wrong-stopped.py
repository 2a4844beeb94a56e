def is_typing(signals, now):
    return any(on and now - moment <= 6 for moment, on in signals)
