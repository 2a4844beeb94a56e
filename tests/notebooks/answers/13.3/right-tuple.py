def room_transcript(events):
    names, lines = {}, ()
    for event in events:
        kind, content, who = event["type"], event["content"], event["sender"]
        if kind == "m.room.member":
            names |= {who: content.get("displayname", who)}
        elif kind == "m.room.message":
            lines += (f"{names.get(who, who)}: {content.get('body', '(deleted)')}",)
    return lines
