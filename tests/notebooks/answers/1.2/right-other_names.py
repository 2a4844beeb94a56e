def save_key(text, file):
    file.touch(mode=0o600)
    file.write_text(text)
