def visitor_name(make_slug, bad_words):
    slug = make_slug(2)
    while set(slug.split("-")) & bad_words:
        slug = make_slug(2)
    print(slug + "-" + token_hex(2))
