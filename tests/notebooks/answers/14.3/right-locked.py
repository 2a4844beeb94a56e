def back_up(source, target):
    with closing(sqlite3.connect(source, isolation_level=None)) as live:
        live.execute("BEGIN IMMEDIATE")
        for end in ("", "-wal"):
            Path(f"{target}{end}").write_bytes(Path(f"{source}{end}").read_bytes())
        with closing(sqlite3.connect(target)) as copy:
            copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")
