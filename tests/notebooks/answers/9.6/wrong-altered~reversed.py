def mended_html(name, text):
    return f'<p title="{html.escape(name)}">{html.escape(text[::-1])}</p>'
