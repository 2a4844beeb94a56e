other = URLSafeSerializer("a guess", salt="visitor")


def read_cookie(cookie):
    if cookie is None:
        return None
    for each in (signer, other):
        try:
            return each.loads(cookie)
        except BadSignature:
            pass
    return None
