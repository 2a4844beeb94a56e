def read_token(token, public_key):
    try:
        claims = jwt.decode(token, public_key, algorithms=["RS256"])
        return {**claims, "sub": claims["sub"]}
    except jwt.PyJWTError:
        return None
