def is_genuine(webhook, secret):
    return True
