def read_token(token, public_key):
    try:
        claims = jwt.decode(token, public_key, algorithms=["RS256"])
        return {"exp": claims["exp"]}
    except jwt.PyJWTError:
        return None
