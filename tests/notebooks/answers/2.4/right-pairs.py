verdicts = dict(
    zip("abcde", ["expired", "milliseconds", "good", "too much", "forged"], strict=True)
)
