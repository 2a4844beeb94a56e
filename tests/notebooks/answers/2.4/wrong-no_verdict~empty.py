verdicts = {}
