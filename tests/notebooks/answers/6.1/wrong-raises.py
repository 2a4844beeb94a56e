def read_cookie(cookie):
    return signer.loads(cookie)
