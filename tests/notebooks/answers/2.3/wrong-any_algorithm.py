def read_token(token, public_key):
    try:
        header = jwt.get_unverified_header(token)
        return jwt.decode(token, public_key, algorithms=[header["alg"]])
    except jwt.PyJWTError:
        return None
