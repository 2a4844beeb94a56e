def exp_in(minutes):
    return str(int(time.time()) + minutes * 60)
