def back_up(source, target):
    live, copy = sqlite3.connect(source), sqlite3.connect(target)
    with copy:
        live.backup(copy, pages=10)
    copy.close()
    live.close()
