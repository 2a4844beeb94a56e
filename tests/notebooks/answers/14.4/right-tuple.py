def leaks(files):
    def secret(line):
        name, _, value = line.partition("=")
        return value and name.split("_")[-1] in ("PASSWORD", "SECRET", "TOKEN")

    return tuple(
        name
        for name, text in files.items()
        if "BEGIN PRIVATE KEY" in text
        or "BEGIN RSA PRIVATE KEY" in text
        or any(map(secret, text.split("\n")))
    )
