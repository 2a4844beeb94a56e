def in_order(webhooks):
    by_token = {webhook.token: webhook.event for webhook in webhooks}
    return sorted(by_token.values(), key=lambda event: event["id"])
