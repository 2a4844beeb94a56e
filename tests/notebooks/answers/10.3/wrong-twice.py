def take(inbox, event, read_from):
    return [*inbox, event]
