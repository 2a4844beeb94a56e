class Saver:
    def __call__(self, pem, path):
        path.touch(mode=0o600)
        path.write_text(pem)


save_key = Saver()
