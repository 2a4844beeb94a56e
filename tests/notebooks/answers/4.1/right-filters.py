def read_on(room, last_id):
    return [e for e in conversations.events(room) if e["id"] > last_id]
