verdicts = {
    "a": "good",
    "b": "milliseconds",
    "c": "good",
    "d": "too much",
    "e": "forged",
}
