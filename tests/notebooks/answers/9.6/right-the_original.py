def mended_html(name, text):
    return original_html(html.escape(name), html.escape(text))
