def read_token(token, public_key):
    return None
