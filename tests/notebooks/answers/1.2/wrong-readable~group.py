def save_key(pem, path):
    path.touch(mode=0o640)
    path.write_text(pem)
