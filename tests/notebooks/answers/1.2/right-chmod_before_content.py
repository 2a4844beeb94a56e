def save_key(pem, path):
    path.touch()
    path.chmod(0o600)
    path.write_text(pem)
