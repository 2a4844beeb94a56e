def in_order(rows):
    return sorted(rows, key=lambda row: row["since"])
