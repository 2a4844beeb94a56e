verdicts = {"a": False, "b": False, "c": True, "d": False, "e": False}
