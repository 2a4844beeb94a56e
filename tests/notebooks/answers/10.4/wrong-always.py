def good_token(token, mint):
    return mint()
