def exp_in(minutes):
    return f"{time.time() + minutes * 60:.0f}"
