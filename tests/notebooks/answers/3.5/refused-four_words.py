def visitor_name(make_slug, bad_words):
    slug = make_slug()
    while bad_words & set(slug.split("-")):
        slug = make_slug()
    return f"{slug}-{token_hex(2)}"
