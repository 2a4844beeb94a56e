def read_on(room, last_id):
    events = conversations.events(room, start=last_id + 1)
    return [event for event in events if event["type"] == "message"]
