def mended_html(name, text):
    return f'<p title="{html.escape(name, quote=False)}">{html.escape(text)}</p>'
