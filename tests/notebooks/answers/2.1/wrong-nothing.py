def exp_in(minutes):
    int(time.time()) + minutes * 60
