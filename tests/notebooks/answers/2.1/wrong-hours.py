def exp_in(minutes):
    return int(time.time()) + minutes * 3600
