def ticks(message, events):
    types = {event["type"] for event in events}
    return "seen" if "message:seen" in types else "sent"
