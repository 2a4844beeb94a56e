def line(name, text):
    said.value = f"<b>{escape(name)}</b>: {escape(text)}"
