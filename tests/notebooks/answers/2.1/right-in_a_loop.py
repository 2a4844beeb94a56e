def exp_in(minutes):
    end = time.time()
    for _ in range(minutes):
        end += 60
    return end
