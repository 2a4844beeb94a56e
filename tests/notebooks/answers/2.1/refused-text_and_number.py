def exp_in(minutes):
    return "now" + minutes * 60
