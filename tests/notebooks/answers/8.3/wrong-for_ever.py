def is_typing(signals, now):
    return bool(signals) and signals[-1][1]
