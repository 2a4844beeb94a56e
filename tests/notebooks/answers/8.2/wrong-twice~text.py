def line(name, text):
    return f"<b>{escape(name)}</b>: {escape(escape(text))}"
