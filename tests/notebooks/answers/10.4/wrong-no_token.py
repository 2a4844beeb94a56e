def good_token(token, mint):
    claims = jwt.decode(token, options={"verify_signature": False})
    claims["exp"] - time.time() >= 60 or mint()
