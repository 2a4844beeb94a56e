def mended_html(name, text):
    return f'<p title="{name}">{html.escape(text)}</p>'
