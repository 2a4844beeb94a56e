def room_transcript(events):
    names = {
        event["state_key"]: event["content"]["displayname"]
        for event in events
        if event["type"] == "m.room.member"
    }
    return [
        f"{names[event['sender']]}: {event['content'].get('body', '(deleted)')}"
        for event in events
        if event["type"] == "m.room.message"
    ]
