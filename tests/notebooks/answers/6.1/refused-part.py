def read_cookie(cookie):
    if cookie is None:
        return None
    try:
        return signer.loads(cookie)["conversation"]
    except BadSignature:
        return None
