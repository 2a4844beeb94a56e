def back_up(source, target):
    with (
        closing(sqlite3.connect(source)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy, pages=1, progress=lambda status, remaining, total: None)
