def read_cookie(cookie):
    signer.loads(cookie)
