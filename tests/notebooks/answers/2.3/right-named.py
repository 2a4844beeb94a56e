def read_token(token, public_key):
    try:
        claims = jwt.decode(jwt=token, key=public_key, algorithms=["RS256"])
        return claims
    except jwt.PyJWTError:
        return None
