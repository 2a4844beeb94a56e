verdicts = {
    "A": "expired",
    "B": "milliseconds",
    "C": "good",
    "D": "too much",
    "E": "forged",
}
