def exp_in(minutes):
    return time.time() + 900
