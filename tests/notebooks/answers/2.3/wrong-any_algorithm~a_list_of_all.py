def read_token(token, public_key):
    try:
        return jwt.decode(
            token, public_key, algorithms=["RS256", "RS384", "RS512", "PS256"]
        )
    except jwt.PyJWTError:
        return None
