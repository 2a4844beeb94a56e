def room_transcript(events):
    names, lines = {}, []
    for event in events:
        content = event["content"]
        if event["type"] == "m.room.member":
            names[event["state_key"]] = content["displayname"]
        elif event["type"] == "m.room.message":
            lines.append(f"{names[event['sender']]}: {content.get('body', '')}")
    return lines
