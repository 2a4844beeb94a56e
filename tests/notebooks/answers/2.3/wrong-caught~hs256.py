def read_token(token, public_key):
    try:
        return jwt.decode(token, public_key, algorithms=["HS256"])
    except jwt.PyJWTError:
        return None
