def room_transcript(events):
    names, lines = {}, []
    for event in events:
        if event["type"] == "m.room.member":
            names[event["state_key"]] = event["content"]["displayname"]
        elif event["type"] == "m.room.message":
            try:
                text = event["content"]["body"]
            except KeyError:
                text = "(deleted)"
            lines.append(f"{names[event['sender']]}: {text}")
    return lines
