def read_cookie(cookie):
    chat = None
    try:
        chat = signer.loads(cookie)
    except Exception:
        pass
    return chat
