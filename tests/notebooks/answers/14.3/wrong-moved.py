def back_up(source, target):
    with (
        closing(sqlite3.connect(source)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        live.execute("DELETE FROM messages WHERE id = 0")
        live.commit()
