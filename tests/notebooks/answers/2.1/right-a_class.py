class ExpIn:
    def __call__(self, m):
        return int(time.time()) + m * 60


exp_in = ExpIn()
