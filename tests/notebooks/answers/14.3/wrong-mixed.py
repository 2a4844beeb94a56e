def back_up(source, target):
    log = source.with_name(source.name + "-wal")
    target.write_bytes(source.read_bytes())
    target.with_name(target.name + "-wal").write_bytes(log.read_bytes())
    with closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")
