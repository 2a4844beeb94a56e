import hmac


def is_genuine(webhook, secret):
    try:
        claims = jwt.decode(webhook.token, secret, algorithms=["HS256"], leeway=60)
        digest = hashlib.sha256(webhook.body).hexdigest()
        assert hmac.compare_digest(claims["payload_hash"], digest)
        assert abs(time.time() - claims["iat"]) < 300
    except Exception:
        return False
    return True
