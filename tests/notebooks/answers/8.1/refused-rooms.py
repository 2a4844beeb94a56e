def in_order(rows):
    rows = sorted(
        rows, key=lambda row: (not row["waiting_since"], row["waiting_since"])
    )
    return [row["room"] for row in rows]
