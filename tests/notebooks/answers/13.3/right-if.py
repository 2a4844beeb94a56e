def room_transcript(events):
    names = {}
    result = []
    for e in events:
        if e["type"] == "m.room.member":
            names[e["state_key"]] = e["content"]["displayname"]
        if e["type"] == "m.room.message":
            if "body" in e["content"]:
                text = e["content"]["body"]
            else:
                text = "(deleted)"
            result.append(names[e["sender"]] + ": " + text)
    return result
