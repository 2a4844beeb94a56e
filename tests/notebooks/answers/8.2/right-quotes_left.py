def line(name, text):
    return f"<b>{escape(name, quote=False)}</b>: {escape(text, quote=False)}"
