def mended_html(name, text):
    return '<p title="{}">{}</p>'.format(html.escape(name), html.escape(text))
