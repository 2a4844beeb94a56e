def read_token(token, public_key):
    try:
        claims = jwt.decode(token, public_key, algorithms=["RS256"])
    except jwt.PyJWTError:
        claims = None
    return claims
