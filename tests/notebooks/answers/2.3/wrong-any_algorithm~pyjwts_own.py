def read_token(token, public_key):
    try:
        return jwt.decode(
            token, public_key, algorithms=list(jwt.algorithms.get_default_algorithms())
        )
    except jwt.PyJWTError:
        return None
