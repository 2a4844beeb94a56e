def in_order(webhooks):
    events = {}
    for webhook in webhooks:
        event = webhook.event
        events[event["conversation_id"], event["id"]] = event
    _ = [events[key] for key in sorted(events)]
