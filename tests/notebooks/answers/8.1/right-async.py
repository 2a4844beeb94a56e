async def in_order(rows):
    return sorted(
        rows, key=lambda row: (not row["waiting_since"], row["waiting_since"])
    )
