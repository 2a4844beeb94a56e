def leaks(files):
    line = re.compile(r"^\w*(PASSWORD|SECRET|TOKEN)=\S", re.MULTILINE)
    return [
        name
        for name, text in files.items()
        if "PRIVATE KEY-----" in text or line.search(text)
    ]
