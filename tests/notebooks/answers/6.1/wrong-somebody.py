def read_cookie(cookie):
    try:
        return signer.loads(cookie or "")
    except BadSignature:
        return None if cookie else "nobody"
