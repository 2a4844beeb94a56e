def room_transcript(events):
    for event in events:
        if event["type"] == "m.room.message":
            event["content"].get("body")
