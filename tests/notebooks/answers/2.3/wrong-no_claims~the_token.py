def read_token(token, public_key):
    try:
        jwt.decode(token, public_key, algorithms=["RS256"])
        return token
    except jwt.PyJWTError:
        return None
