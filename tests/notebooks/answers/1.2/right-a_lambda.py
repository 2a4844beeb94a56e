save_key = lambda pem, path: (path.touch(mode=0o600), path.write_text(pem))  # noqa: E731
