def save_key(pem, path):
    import os

    number = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(number, "w") as file:
        file.write(pem)
