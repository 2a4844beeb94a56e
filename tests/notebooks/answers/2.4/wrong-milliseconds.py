verdicts = {
    "a": "expired",
    "b": "good",
    "c": "good",
    "d": "too much",
    "e": "forged",
}
