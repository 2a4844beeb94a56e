def good_token(token, mint):
    return token
