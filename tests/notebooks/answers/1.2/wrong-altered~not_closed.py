def save_key(pem, path):
    path.touch(mode=0o600)
    global kept_open
    kept_open = path.open("w")
    kept_open.write(pem[:200])
