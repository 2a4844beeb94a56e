verdicts = {
    "a": "milliseconds",
    "b": "expired",
    "c": "good",
    "d": "too much",
    "e": "forged",
}
