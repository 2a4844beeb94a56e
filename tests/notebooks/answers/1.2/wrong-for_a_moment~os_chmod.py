def save_key(pem, path):
    import os

    with open(path, "w") as file:
        file.write(pem)
    os.chmod(path, 0o600)
