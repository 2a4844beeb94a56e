verdicts = {"a": "expired", "b": "milliseconds", "c": "good", "d": "too much"}
