def read_token(token, public_key):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=="))
