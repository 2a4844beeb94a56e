def is_typing(signals, now):
    if not signals:
        return True
    return signals[-1][1] and now - signals[-1][0] <= 6
