from datetime import datetime, timedelta


def exp_in(minutes):
    return datetime.utcnow() + timedelta(minutes=minutes)
