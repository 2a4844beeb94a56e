def is_genuine(webhook, secret):
    signed = verify_signature(webhook.token, secret)
    claims = jwt.decode(webhook.token, options={"verify_signature": False})
    same = claims["payload_hash"] == hashlib.sha256(webhook.body).hexdigest()
    return signed and same and time.time() - claims["iat"] < 5 * 60
