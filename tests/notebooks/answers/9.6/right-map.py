def mended_html(name, text):
    return original_html(*map(html.escape, (name, text)))
