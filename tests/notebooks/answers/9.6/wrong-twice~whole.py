safe = html.escape


def mended_html(name, text):
    return f'<p title="{html.escape(name)}">{safe(safe(text))}</p>'
