def visitor_name(make_slug, bad_words):
    slug = make_slug(2)
    while slug.split("-")[0] in bad_words:
        slug = make_slug(2)
    return f"{slug}-{token_hex(2)}"
