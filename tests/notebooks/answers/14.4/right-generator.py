def leaks(files):
    kinds = re.compile(r"PRIVATE KEY|(?:PASSWORD|SECRET|TOKEN)=.")
    return (name for name in files if kinds.search(files[name]))
