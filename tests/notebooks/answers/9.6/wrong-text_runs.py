def mended_html(name, text):
    return f'<p title="{name}">{text.replace("script", "")}</p>'
