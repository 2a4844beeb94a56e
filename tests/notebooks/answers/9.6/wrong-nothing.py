def mended_html(name, text):
    html.escape(text)
