def in_order(rows):
    def urgency(row):
        return not row["waiting_since"], row["waiting_since"]

    return sorted(rows, key=urgency)
