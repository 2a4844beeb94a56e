from datetime import timedelta


def exp_in(minutes):
    return timedelta(minutes=minutes)
