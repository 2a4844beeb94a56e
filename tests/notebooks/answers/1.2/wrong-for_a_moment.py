def save_key(pem, path):
    path.write_text(pem)
    path.chmod(0o600)
