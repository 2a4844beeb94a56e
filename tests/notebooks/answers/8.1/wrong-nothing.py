def in_order(rows):
    return rows.sort(key=lambda row: row["waiting_since"])
