def read_token(token, public_key):
    return bool(jwt.decode(token, public_key, algorithms=["RS256"]))
