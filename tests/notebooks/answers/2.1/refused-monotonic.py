def exp_in(minutes):
    return int(time.monotonic()) + minutes * 60
