def ticks(message, events):
    receipts = {
        event["type"] for event in events if event["body"].get("event_id") == message
    }
    for state in ("seen",):
        if f"message:{state}" in receipts:
            return state
    return "sent"
