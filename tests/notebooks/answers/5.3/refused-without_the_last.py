def in_order(webhooks):
    events = {}
    for webhook in webhooks:
        event = webhook.event
        events[event["conversation_id"], event["id"]] = event
    return [events[key] for key in sorted(events)][:-1]
