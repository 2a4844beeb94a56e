def exp_in(minutes, start=time.time()):
    return int(start) + minutes * 60
