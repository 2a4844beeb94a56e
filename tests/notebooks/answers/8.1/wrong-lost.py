def in_order(rows):
    waiting = [row for row in rows if row["waiting_since"]]
    return sorted(waiting, key=lambda row: row["waiting_since"])
