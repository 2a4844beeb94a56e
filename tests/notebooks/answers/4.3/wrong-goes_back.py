def ticks(message, events):
    state = "sent"
    for event in events:
        if event["body"].get("event_id") == message:
            state = event["type"].removeprefix("message:")
    return state
