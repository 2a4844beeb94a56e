class Typing:
    def __call__(self, signals, now):
        return bool(signals) and signals[-1][1] and now - signals[-1][0] <= 6


is_typing = Typing()
