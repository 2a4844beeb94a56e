def read_on(room, last_id):
    events = list(conversations.events(room, start=last_id + 1))
    return events or [{"id": last_id}]
