def exp_in(minutes):
    return minutes * 60
