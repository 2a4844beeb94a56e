def in_order(webhooks):
    seen, events = set(), []
    for webhook in webhooks:
        event = json.loads(webhook.body)
        key = (event["conversation_id"], event["id"])
        if key not in seen:
            seen.add(key)
            events.append(event)
    events.sort(key=lambda event: event["id"])
    return events
