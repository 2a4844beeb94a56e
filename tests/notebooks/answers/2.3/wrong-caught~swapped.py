def read_token(token, public_key):
    try:
        return jwt.decode(public_key, token, algorithms=["RS256"])
    except jwt.PyJWTError:
        return None
