verdicts = {"a": "good", "b": "good", "c": "good", "d": "good", "e": "good"}
