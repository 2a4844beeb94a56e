verdicts = {
    "a": "expired",
    "b": "too much",
    "c": "good",
    "d": "milliseconds",
    "e": "forged",
}
