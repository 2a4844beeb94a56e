def in_order(webhooks):
    events = []
    for webhook in webhooks:
        if webhook.event not in events:
            events.append(webhook.event)
    return events
