verdicts = {
    "e": "forged",
    "d": "too much",
    "c": "good",
    "b": "milliseconds",
    "a": "expired",
}
