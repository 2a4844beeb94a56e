def leaks(files):
    return [
        name
        for name, text in files.items()
        if "PRIVATE KEY-----" in text
        or re.match(r"\w*(PASSWORD|SECRET|TOKEN)=\S", text)
    ]
