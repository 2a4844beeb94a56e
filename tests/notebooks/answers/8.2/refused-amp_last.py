def line(name, text):
    def safe(part):
        return part.replace("<", "&lt;").replace("&", "&amp;")

    return f"<b>{safe(name)}</b>: {safe(text)}"
