def read_cookie(cookie):
    if cookie is None:
        return None
    try:
        print(signer.loads(cookie))
    except BadSignature:
        return None
