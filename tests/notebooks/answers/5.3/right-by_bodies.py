def in_order(webhooks):
    events = [json.loads(body) for body in {webhook.body for webhook in webhooks}]
    return sorted(events, key=lambda e: (e["conversation_id"], e["id"]))
