moment = int(time.time())


def exp_in(minutes):
    return moment + minutes * 60
