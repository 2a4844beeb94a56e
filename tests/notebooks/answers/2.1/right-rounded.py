from datetime import timedelta


def exp_in(minutes):
    return round(time.time() + timedelta(minutes=minutes).total_seconds())
