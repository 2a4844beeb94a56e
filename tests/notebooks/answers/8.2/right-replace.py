def line(name, text):
    def safe(part):
        return part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    return f"<b>{safe(name)}</b>: {safe(text)}"
