def take(inbox, event, read_from):
    return list(read_from(1))[: event["id"]]
