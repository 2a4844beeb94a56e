def exp_in(minutes):
    return time.time_ns() // 10**9 + minutes * 60
