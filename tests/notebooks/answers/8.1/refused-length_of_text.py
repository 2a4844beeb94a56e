def in_order(rows):
    return sorted(rows, key=lambda row: len(row["waiting_since"]), reverse=True)[:3]
