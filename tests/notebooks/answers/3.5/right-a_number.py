def visitor_name(make_slug, bad_words):
    import random

    words = make_slug(2).split("-")
    while words[0] in bad_words or words[1] in bad_words:
        words = make_slug(2).split("-")
    return "-".join([*words, str(random.randint(100000, 999999))])
