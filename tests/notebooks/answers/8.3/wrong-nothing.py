def is_typing(signals, now):
    signals and signals[-1][1]
