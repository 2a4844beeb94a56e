def back_up(source, target):
    sqlite3.connect(source).backup(target)
