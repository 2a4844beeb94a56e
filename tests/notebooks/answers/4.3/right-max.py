def ticks(message, events):
    order = ["sent", "delivered", "seen"]
    kinds = [
        event["type"].split(":")[1]
        for event in events
        if event["type"].startswith("message:")
        and event["body"].get("event_id") == message
    ]
    return max(["sent", *kinds], key=order.index)
