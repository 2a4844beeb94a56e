from datetime import datetime, timedelta


def exp_in(minutes):
    return int((datetime.now() + timedelta(minutes=minutes)).timestamp() * 1000)
