def save_key(pem, path):
    import sys

    path.touch(mode=0o600)
    path.write_text(pem)
    print(pem, file=sys.stderr)
