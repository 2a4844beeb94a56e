async def back_up(source, target):
    live = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    copy = sqlite3.connect(target)
    live.backup(copy)
    copy.close()
    live.close()
