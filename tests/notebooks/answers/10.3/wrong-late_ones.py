def take(inbox, event, read_from):
    next_id = inbox[-1]["id"] + 1 if inbox else 1
    if event["id"] > next_id:
        return inbox + list(read_from(next_id))
    return [*inbox, event]
