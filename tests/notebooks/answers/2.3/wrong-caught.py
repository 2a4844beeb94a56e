def read_token(token, public_key):
    try:
        return jwt.decode(token, public_key)
    except jwt.PyJWTError:
        return None
