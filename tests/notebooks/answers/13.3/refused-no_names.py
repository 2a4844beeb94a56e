def room_transcript(events):
    messages = [event for event in events if event["type"] == "m.room.message"]
    return [event["content"].get("body", "(deleted)") for event in messages]
