def save_key(pem, path):
    paht.touch(mode=0o600)
