def is_typing(signals, now):
    return bool(signals) and signals[-1][1] and now - signals[-1][0] <= 2
