def good_token(token, mint):
    claims = jwt.decode(token, options={"verify_signature": False})
    return claims["exp"] - time.time() >= 60
