async def read_cookie(cookie):
    if not cookie:
        return None
    try:
        return signer.loads(cookie)
    except BadSignature:
        return None
