def save_key(pem, path):
    while not path.exists():
        pass
