import html


def line(name, text):
    return "<b>" + html.escape(name) + "</b>: " + html.escape(text)
