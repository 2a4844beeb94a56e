def mended_html(name, text):
    return html.escape(f'<p title="{name}">{text}</p>')
