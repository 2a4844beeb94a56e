from itsdangerous import BadData


def read_cookie(cookie):
    try:
        return signer.loads(cookie)
    except (BadData, TypeError):
        return None
