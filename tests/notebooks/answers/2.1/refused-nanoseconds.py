def exp_in(minutes):
    return time.time_ns() + minutes * 60 * 10**9
