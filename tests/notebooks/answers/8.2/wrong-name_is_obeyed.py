def line(name, text):
    return f"<b>{name}</b>: {escape(text)}"
