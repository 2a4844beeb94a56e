def room_transcript(events):
    names = {}
    for event in events:
        match event:
            case {"type": "m.room.member", "state_key": user, "content": content}:
                names[user] = content["displayname"]
            case {"type": "m.room.message", "sender": user, "content": {"body": text}}:
                yield f"{names[user]}: {text}"
            case {"type": "m.room.message", "sender": user}:
                yield f"{names[user]}: (deleted)"
