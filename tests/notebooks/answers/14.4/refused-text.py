def leaks(files):
    return ", ".join(name for name, text in files.items() if "PRIVATE KEY-----" in text)
