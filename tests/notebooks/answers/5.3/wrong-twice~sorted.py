def in_order(webhooks):
    events = [webhook.event for webhook in webhooks]
    return sorted(events, key=lambda event: (event["conversation_id"], event["id"]))
