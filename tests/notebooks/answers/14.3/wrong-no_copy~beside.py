def back_up(source, target):
    target.with_suffix(".bak").write_bytes(source.read_bytes())
