def mended_html(name, text):
    return f'<p title="customer">{html.escape(text)}</p>'
