def take(inbox, event, read_from):
    return [event, *inbox]
