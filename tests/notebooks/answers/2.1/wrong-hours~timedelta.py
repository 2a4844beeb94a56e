from datetime import datetime, timedelta


def exp_in(minutes):
    return (datetime.now() + timedelta(hours=minutes)).timestamp()
