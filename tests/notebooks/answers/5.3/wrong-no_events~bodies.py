def in_order(webhooks):
    return sorted({webhook.body for webhook in webhooks})
