def read_cookie(cookie):
    return signer.loads_unsafe(cookie)[1]
