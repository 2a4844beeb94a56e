def exp_in(minutes):
    return int(time.time() * 1000) + minutes * 60
