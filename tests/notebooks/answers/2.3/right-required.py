def read_token(token, public_key):
    try:
        return jwt.decode(
            token,
            public_key,
            algorithms=["RS256"],
            options={"require": ["exp", "iat", "jti"]},
        )
    except jwt.PyJWTError:
        return None
