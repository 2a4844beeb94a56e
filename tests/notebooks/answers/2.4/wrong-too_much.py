verdicts = {
    "a": "expired",
    "b": "milliseconds",
    "c": "good",
    "d": "good",
    "e": "forged",
}
