def read_token(shown, key):
    try:
        return jwt.decode(shown, key, algorithms=["RS256"])
    except jwt.PyJWTError:
        return None
