class Chats:
    def __init__(self):
        self.lock, self.kept = threading.RLock(), {}

    def __call__(self, name, open_chat):
        with self.lock:
            if name not in self.kept:
                self.kept[name] = open_chat()
            return self.kept[name]


chat_of = Chats()
