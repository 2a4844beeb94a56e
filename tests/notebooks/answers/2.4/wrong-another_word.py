verdicts = {
    "a": "expired",
    "b": "milliseconds",
    "c": "fine",
    "d": "too much",
    "e": "forged",
}
