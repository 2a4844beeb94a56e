"""What was said, put together from a conversation's events."""

from .connection import conversations


# [4.1] read the later events
def read_on(room, last_id):
    return list(conversations.events(room, start=last_id + 1))


# [/4.1]


# [4.2] build a transcript
def transcript(events):
    by_id = {event["id"]: event for event in events}
    lines = []
    for number in sorted(by_id):
        event = by_id[number]
        if event["type"] == "message":
            who = event["_embedded"]["from_user"]["display_name"]
            lines.append(f"{who}: {event['body'].get('text') or '(deleted)'}")
    return lines


# [/4.2]


# [4.3] show how far a message got
def ticks(message, events):
    receipts = {
        event["type"] for event in events if event["body"].get("event_id") == message
    }
    for state in ("seen", "delivered"):
        if f"message:{state}" in receipts:
            return state
    return "sent"


# [/4.3]
