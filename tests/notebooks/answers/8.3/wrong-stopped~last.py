def is_typing(signals, now):
    return len(signals) > 0 and now - signals[-1][0] <= 6
