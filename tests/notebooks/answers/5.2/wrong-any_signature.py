def is_genuine(webhook, secret):
    claims = jwt.decode(webhook.token, options={"verify_signature": False})
    return claims["iss"] == "Vonage"
