def good_token(token, mint):
    new = mint()
    claims = jwt.decode(token, options={"verify_signature": False})
    return token if claims["exp"] - time.time() >= 60 else new
