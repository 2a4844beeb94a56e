def back_up(source, target):
    with (
        closing(sqlite3.connect(source)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        copy.executescript("\n".join(live.iterdump()))
