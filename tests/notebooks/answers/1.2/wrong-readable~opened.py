def save_key(pem, path):
    with open(path, "w") as file:
        file.write(pem)
