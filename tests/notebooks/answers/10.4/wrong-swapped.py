def good_token(token, mint):
    claims = jwt.decode(token, options={"verify_signature": False})
    return mint() if claims["exp"] - time.time() >= 60 else token
