def save_key(pem, path):
    pem.touch(mode=0o600)
    pem.write_text(path)
