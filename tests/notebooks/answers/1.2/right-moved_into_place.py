def save_key(pem, path):
    import os

    beside = path.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_text(pem)
    os.replace(beside, path)
