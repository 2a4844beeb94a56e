def read_token(token):
    return jwt.decode(token, public_key, algorithms=["RS256"])
