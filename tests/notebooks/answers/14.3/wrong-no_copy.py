def back_up(source, target):
    return source.read_bytes()
