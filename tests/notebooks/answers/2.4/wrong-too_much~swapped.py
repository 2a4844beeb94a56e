verdicts = {
    "a": "expired",
    "b": "milliseconds",
    "c": "good",
    "d": "forged",
    "e": "too much",
}
