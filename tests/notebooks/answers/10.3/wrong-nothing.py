def take(inbox, event, read_from):
    return inbox.append(event)
