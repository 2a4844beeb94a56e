def line(name, text):
    print(f"<b>{escape(name)}</b>: {escape(text)}")
