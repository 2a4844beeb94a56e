def visitor_name(make_slug, bad_words):
    return [make_slug(2), token_hex(2)]
