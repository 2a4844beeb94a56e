def read_token(token, public_key):
    try:
        return jwt.decode(token, public_key, options={"verify_signature": False})
    except jwt.PyJWTError:
        return None
