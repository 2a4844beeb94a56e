def exp_in(minutes):
    print(int(time.time()) + minutes * 60)
