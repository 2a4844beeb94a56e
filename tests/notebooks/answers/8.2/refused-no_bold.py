def line(name, text):
    return f"{escape(name)}: {escape(text)}"
