def back_up(source, target):
    target.write_bytes(source.with_name(source.name + "-wal").read_bytes())
