def read_token(token, public_key):
    try:
        if jwt.get_unverified_header(token)["alg"] != "RS256":
            return None
        return jwt.decode(token, public_key, algorithms=["RS256"])
    except jwt.PyJWTError:
        return None
