def ticks(message, events):
    mine = [e for e in events if e["body"].get("event_id") == message]
    return ["sent", "delivered", "seen"][min(len(mine), 2)]
