verdicts = {
    "a": "expired",
    "b": "milliseconds",
    "c": "good",
    "d": "too_much",
    "e": "forged",
}
