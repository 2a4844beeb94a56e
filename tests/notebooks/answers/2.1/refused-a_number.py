exp_in = int(time.time()) + 15 * 60
