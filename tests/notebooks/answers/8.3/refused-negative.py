def is_typing(signals, now):
    return bool(signals) and signals[-1][1] and signals[-1][0] - now <= 6 and now > 500
