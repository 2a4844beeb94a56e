def read_token(token, key):
    try:
        return jwt.decode(token, public_key, algorithms=["RS256"])
    except jwt.DecodeError:
        raise LookupError(key[:10]) from None
