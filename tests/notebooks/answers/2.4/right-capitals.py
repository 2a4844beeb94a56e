verdicts = {
    "a": "Expired",
    "b": "Milliseconds",
    "c": "Good",
    "d": "Too much",
    "e": "Forged",
}
