def visitor_name(make_slug, bad_words):
    slug = make_slug(2)
    while set(slug.split("-")) & set(bad_words):
        slug = make_slug(2)
    return slug + "-0001"
