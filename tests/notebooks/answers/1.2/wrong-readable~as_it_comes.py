def save_key(pem, path):
    path.write_text(pem)
