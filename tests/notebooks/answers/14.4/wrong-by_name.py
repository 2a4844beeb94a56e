def leaks(files):
    return [
        name for name, text in files.items() if name.endswith((".env", ".key", ".pem"))
    ]
