def back_up(source, target):
    with closing(sqlite3.connect(f"file:{source}?immutable=1", uri=True)) as live:
        with closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
