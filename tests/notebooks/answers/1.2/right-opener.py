def save_key(pem, path):
    import os

    def private(name, flags):
        return os.open(name, flags, 0o600)

    with open(path, "w", opener=private) as file:
        file.write(pem)
