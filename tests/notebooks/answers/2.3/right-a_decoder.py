decoder = jwt.PyJWT()


def read_token(token, public_key):
    try:
        return decoder.decode(token, public_key, algorithms=["RS256"])
    except jwt.PyJWTError:
        return None
