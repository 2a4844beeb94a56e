def leaks(files):
    return [name for name, text in files.items() if "PRIVATE KEY-----" in text]
