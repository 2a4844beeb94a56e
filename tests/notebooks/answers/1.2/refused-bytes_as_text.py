def save_key(pem, path):
    path.touch(mode=0o600)
    path.write_text(pem.encode())
