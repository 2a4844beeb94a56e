exp_in = lambda minutes: int(time.time()) + minutes * 60  # noqa: E731
