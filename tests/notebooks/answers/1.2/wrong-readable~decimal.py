def save_key(pem, path):
    path.touch(mode=600)
    path.write_text(pem)
