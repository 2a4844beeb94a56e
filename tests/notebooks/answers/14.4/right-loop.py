def leaks(files):
    found = set()
    for name, text in files.items():
        for line in text.splitlines():
            key, equals, value = line.partition("=")
            if "PRIVATE KEY-----" in line:
                found.add(name)
            if (
                equals
                and key.endswith(("PASSWORD", "SECRET", "TOKEN"))
                and value.strip()
            ):
                found.add(name)
    return sorted(found)
