def in_order(rows):
    rows.sort(key=lambda row: row["waiting_since"])
