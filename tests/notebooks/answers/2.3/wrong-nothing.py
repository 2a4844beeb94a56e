def read_token(token, public_key):
    jwt.decode(token, public_key, algorithms=["RS256"])
