def mended_html(name, text):
    return f'<p title="{html.escape(name)}">{text}</p>'
