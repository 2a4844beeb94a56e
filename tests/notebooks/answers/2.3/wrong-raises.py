def read_token(token, public_key):
    return jwt.decode(token, public_key, algorithms=["RS256"])
