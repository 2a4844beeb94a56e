def room_transcript(events):
    names, lines = {}, []
    for event in events:
        content, who = event["content"], event["sender"]
        if event["type"] == "m.room.member":
            names[event["state_key"]] = content["displayname"]
        lines.append(f"{names.get(who, who)}: {content.get('body', '(deleted)')}")
    return lines
