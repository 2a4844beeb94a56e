def line(name, text):
    return f"<b>{escape(text)}</b>: {escape(name)}"
