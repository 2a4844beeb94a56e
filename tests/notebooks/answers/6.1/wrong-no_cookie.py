def read_cookie(cookie):
    try:
        return signer.loads(cookie)
    except BadSignature:
        return None
