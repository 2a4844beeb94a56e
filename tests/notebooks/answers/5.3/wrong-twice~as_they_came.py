def in_order(webhooks):
    return [webhook.event for webhook in webhooks]
