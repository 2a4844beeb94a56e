def line(name, text):
    def safe(words):
        return words.replace("<", "").replace(">", "")

    return f"<b>{safe(name)}</b>: {safe(text)}"
