def visitor_name(make_slug, bad_words):
    slug = next(s for s in iter(make_slug, None) if not {*s.split("-")} & bad_words)
    return slug + "-" + token_hex(2)
