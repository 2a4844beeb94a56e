verdicts = {
    "a": "expired",
    "b": "milliseconds",
    "c": "forged",
    "d": "too much",
    "e": "good",
}
