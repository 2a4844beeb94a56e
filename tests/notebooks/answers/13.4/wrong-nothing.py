def to_send(event):
    made = {"type": "m.room.message", "content": event["body"]}
