def safe(words):
    for sign, other in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        words = words.replace(sign, other)
    return words


def mended_html(name, text):
    return f'<p title="{safe(name)}">{safe(text)}</p>'
