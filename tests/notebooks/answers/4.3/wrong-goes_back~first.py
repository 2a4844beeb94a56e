def ticks(message, events):
    for event in events:
        if event["body"].get("event_id") == message:
            return event["type"].removeprefix("message:")
    return "sent"
