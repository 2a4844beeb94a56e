def read_cookie(cookie):
    if cookie is None:
        return None
    try:
        return signer.loads(cookie)
    except BadSignature:
        return False
