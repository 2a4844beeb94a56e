def in_order(rows):
    waiting = [row for row in rows if row["waiting_since"]]
    others = [row for row in rows if not row["waiting_since"]]
    return sorted(waiting, key=lambda row: row["waiting_since"], reverse=True) + others
