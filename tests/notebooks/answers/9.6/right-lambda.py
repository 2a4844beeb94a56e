mended_html = lambda name, text: (  # noqa: E731
    f'<p title="{html.escape(name)}">{html.escape(text)}</p>'
)
