def save_key(pem, path):
    import os

    before = os.umask(0o077)
    path.write_text(pem)
    os.umask(before)
