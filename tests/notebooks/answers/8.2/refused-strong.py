def line(name, text):
    return f"<strong>{escape(name)}</strong>: {escape(text)}"
