def read_on(room, last_id):
    return list(conversations.events(room))[-last_id:]
