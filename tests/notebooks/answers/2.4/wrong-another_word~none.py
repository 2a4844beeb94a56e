verdicts = {"a": "expired", "b": "milliseconds", "c": "good", "d": None, "e": "forged"}
