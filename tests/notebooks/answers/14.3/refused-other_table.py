def back_up(source, target):
    with closing(sqlite3.connect(target)) as copy:
        copy.execute("CREATE TABLE messages (id INTEGER, text TEXT)")
