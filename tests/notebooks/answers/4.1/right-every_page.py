def read_on(room, last_id):
    return list(conversations.events(room, start=last_id + 1, page_size=7))
