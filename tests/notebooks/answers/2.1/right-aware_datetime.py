from datetime import datetime, timedelta, timezone


def exp_in(minutes):
    return datetime.now(timezone.utc) + timedelta(minutes=minutes)
