def leaks(files):
    return [
        name
        for name, text in files.items()
        if "BEGIN PRIVATE KEY" in text
        or re.search(r"^\w*(PASSWORD|SECRET|TOKEN)=\S", text, re.M)
    ]
