def room_transcript(events):
    names, text = {}, ""
    for event in events:
        content = event["content"]
        if event["type"] == "m.room.member":
            names[event["state_key"]] = content["displayname"]
        elif event["type"] == "m.room.message":
            text += f"{names[event['sender']]}: {content.get('body', '(deleted)')}\n"
    return text
