def exp_in(minutes):
    end = time.time() + minutes * 60
    while time.time() < end:
        pass
    return end
