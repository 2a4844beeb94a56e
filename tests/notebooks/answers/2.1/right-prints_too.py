def exp_in(minutes):
    exp = int(time.time()) + minutes * 60
    print(exp)
    return exp
