def read_cookie(cookie):
    return cookie
