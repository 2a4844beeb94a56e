verdicts = "expired"
