def read_token(token, public_key):
    return jwt.decode(token, options={"verify_signature": False})
