def read_on(room, last_id):
    newest = conversations.events(room, order="desc")
    return [event for event in newest if event["id"] > last_id]
