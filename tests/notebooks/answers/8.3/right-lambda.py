is_typing = lambda s, t: bool(s and s[-1][1] and t - s[-1][0] <= 6)  # noqa: E731
