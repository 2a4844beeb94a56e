def save_key(pem):
    return pem
