def is_genuine(webhook, secret):
    try:
        claims = jwt.decode(webhook.token, secret, algorithms=["HS256"])
    except jwt.PyJWTError:
        return False
    digest = hashlib.sha256(webhook.body).hexdigest()
    fresh = time.time() - claims["iat"] <= 300
    return claims.get("payload_hash") == digest and fresh
