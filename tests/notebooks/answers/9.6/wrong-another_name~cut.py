def mended_html(name, text):
    return f'<p title="{html.escape(name[:8])}">{html.escape(text)}</p>'
