def visitor_name(make_slug, bad_words):
    while True:
        slug = generate_slug(2)
        if not set(slug.split("-")) & bad_words:
            return f"{slug}-{token_hex(2)}"
