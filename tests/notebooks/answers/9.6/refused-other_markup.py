def mended_html(name, text):
    return f'<p title="{html.escape(name)}"> {html.escape(text)}</p>'.replace(
        "> ", ">\n", 1
    )
