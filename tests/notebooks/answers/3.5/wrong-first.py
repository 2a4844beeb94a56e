def visitor_name(make_slug, bad_words):
    return f"{make_slug(2)}-{token_hex(2)}"
