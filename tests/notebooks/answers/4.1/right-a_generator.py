read_on = lambda room, last: conversations.events(room, start=last + 1)
