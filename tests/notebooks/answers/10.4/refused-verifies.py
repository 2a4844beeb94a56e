def good_token(token, mint):
    claims = jwt.decode(token, "a key", algorithms=["HS256"])
    return token if claims["exp"] - time.time() >= 60 else mint()
