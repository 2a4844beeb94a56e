def read_token(token, public_key):
    try:
        return jwt.decode(token, public_key, algorithms=["RS256"], leeway=3600)
    except jwt.PyJWTError:
        return None
