def read_cookie(text):
    try:
        return signer.loads(text) if text else None
    except BadSignature:
        return None
