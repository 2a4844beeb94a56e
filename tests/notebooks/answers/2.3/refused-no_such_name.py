def read_token(token, public_key):
    try:
        return jwt.decode(token, pubic_key, algorithms=["RS256"])
    except jwt.PyJWTError:
        return None
