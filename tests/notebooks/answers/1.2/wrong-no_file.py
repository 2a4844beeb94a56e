def save_key(pem, path):
    return None
