def is_genuine(webhook, secret):
    try:
        if not verify_signature(webhook.token, secret):
            return False
    except VonageVerifyJwtError:
        return False
    claims = jwt.decode(webhook.token, options={"verify_signature": False})
    body = json.dumps(webhook.event).encode()
    if claims["payload_hash"] != hashlib.sha256(body).hexdigest():
        return False
    return True
