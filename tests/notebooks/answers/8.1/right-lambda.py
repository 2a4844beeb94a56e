in_order = lambda rows: sorted(rows, key=lambda r: r["waiting_since"] or "9")  # noqa: E731
