def ticks(message, events):
    types = [event["type"] for event in events]
    if "message:seen" in types:
        return "seen"
    return "delivered" if "message:delivered" in types else "sent"
