def back_up(source, target):
    with closing(sqlite3.connect(source)) as live:
        live.execute("VACUUM INTO ?", (str(target),))
