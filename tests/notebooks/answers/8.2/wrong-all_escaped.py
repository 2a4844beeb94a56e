def line(name, text):
    return escape(f"<b>{name}</b>: {text}")
