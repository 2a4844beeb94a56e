def exp_in(minutes):
    return round(time.time() * 1000) + minutes * 60 * 1000
