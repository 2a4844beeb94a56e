def line(name, text):
    text = text.replace("<script>", "")
    return f"<b>{escape(name)}</b>: {text}"
