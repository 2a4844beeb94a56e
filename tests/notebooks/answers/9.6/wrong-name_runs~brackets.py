def mended_html(name, text):
    return f'<p title="{name.replace("<", "&lt;")}">{html.escape(text)}</p>'
