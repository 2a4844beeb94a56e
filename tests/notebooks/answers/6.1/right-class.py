class Reader:
    def __call__(self, cookie):
        genuine, chat = signer.loads_unsafe(cookie or "")
        return chat if genuine else None


read_cookie = Reader()
