def exp_in(minutes):
    return int(time.time())
