def read_token(token, public_key):
    try:
        return jwt.decod(token, public_key, algorithms=["RS256"])
    except Exception:
        return None
