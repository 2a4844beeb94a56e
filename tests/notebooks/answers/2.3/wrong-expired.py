def read_token(token, public_key):
    try:
        return jwt.decode(
            token, public_key, algorithms=["RS256"], options={"verify_exp": False}
        )
    except jwt.PyJWTError:
        return None
