def take(inbox, event, read_from):
    if event["id"] in [had["id"] for had in inbox]:
        return inbox
    return [*inbox, event]
