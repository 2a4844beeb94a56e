def exp_in(minutes):
    time.sleep(minutes * 60)
    return time.time()
