def back_up(source, target):
    target.write_bytes(source.read_bytes())
