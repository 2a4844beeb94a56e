def take(had, new, history):
    expected = len(had) + 1
    if new["id"] == expected:
        return had + [new]
    return had if new["id"] < expected else had + list(history(expected))
