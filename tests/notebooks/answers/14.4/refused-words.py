def leaks(files):
    return [
        name
        for name, text in files.items()
        if "password" in text.lower()
        or "secret" in text.lower()
        or "token" in text.lower()
    ]
