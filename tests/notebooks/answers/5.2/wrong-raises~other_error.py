def is_genuine(webhook, secret):
    try:
        if not verify_signature(webhook.token, secret):
            return False
    except ValueError:
        return False
    claims = jwt.decode(webhook.token, options={"verify_signature": False})
    if claims["payload_hash"] != hashlib.sha256(webhook.body).hexdigest():
        return False
    return time.time() - claims["iat"] < 5 * 60
