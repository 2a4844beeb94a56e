def is_genuine(webhook, secret):
    return WebhookGuard().is_genuine(webhook.token, webhook.body, secret)
