async def exp_in(minutes):
    return int(time.time()) + minutes * 60
