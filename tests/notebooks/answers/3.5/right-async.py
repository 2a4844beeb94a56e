async def visitor_name(make_slug, bad_words):
    while bad_words.intersection((slug := make_slug(2)).split("-")):
        pass
    return f"{slug}-{token_hex(2)}"
