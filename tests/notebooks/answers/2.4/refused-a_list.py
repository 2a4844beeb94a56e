verdicts = ["expired", "milliseconds", "good", "too much", "forged"]
