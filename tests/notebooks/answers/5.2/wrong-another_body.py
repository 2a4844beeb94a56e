def is_genuine(webhook, secret):
    try:
        return verify_signature(webhook.token, secret)
    except VonageVerifyJwtError:
        return False
