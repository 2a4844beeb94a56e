from datetime import timedelta


def exp_in(minutes):
    return int(timedelta(minutes=minutes).total_seconds())
