def take(inbox, event, read_from):
    last = inbox[-1]["id"] if inbox else 0
    if event["id"] == last + 1:
        inbox.append(event)
    elif event["id"] > last:
        inbox.extend(read_from(last + 1))
    return inbox
