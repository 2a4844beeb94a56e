def take(inbox, event, read_from):
    if event["id"] in [one["id"] for one in inbox]:
        return inbox
    return sorted([*inbox, event], key=lambda one: one["id"])
