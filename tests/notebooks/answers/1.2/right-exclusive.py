def save_key(pem, path):
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(pem)
    return path
