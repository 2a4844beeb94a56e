def in_order(rows):
    return list(rows)
