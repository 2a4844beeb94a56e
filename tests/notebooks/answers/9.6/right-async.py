async def mended_html(sender, words):
    return f'<p title="{html.escape(sender)}">{html.escape(words)}</p>'
