def exp_in():
    return int(time.time()) + 15 * 60
