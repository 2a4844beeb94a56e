async def take(inbox, event, read_from):
    last = inbox[-1]["id"] if inbox else 0
    if event["id"] <= last:
        return inbox
    if event["id"] == last + 1:
        return [*inbox, event]
    return [*inbox, *read_from(last + 1)]
