def visitor_name(draw, bad):
    slug = draw(2)
    if any(word in bad for word in slug.split("-")):
        return visitor_name(draw, bad)
    return f"{slug}-{token_hex(4)}"
