def exp_in(minutes):
    return int(now_in_seconds()) + minutes * 60
