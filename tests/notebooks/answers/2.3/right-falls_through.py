def read_token(token, public_key):
    try:
        return jwt.decode(token, public_key, algorithms=["RS256"])
    except jwt.PyJWTError as error:
        print(type(error).__name__)
