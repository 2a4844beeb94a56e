def in_order(webhooks):
    return sorted(webhooks, key=lambda webhook: webhook.event["id"])
