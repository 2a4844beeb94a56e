def read_cookie(cookie):
    if cookie is None:
        return None
    return signer.loads(cookie)
