def visitor_name(make_slug, bad_words):
    slug = make_slug(2)
    if any(word in bad_words for word in slug.split("-")):
        slug = make_slug(2)
    return f"{slug}-{token_hex(2)}"
