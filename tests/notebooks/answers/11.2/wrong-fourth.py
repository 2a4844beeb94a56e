def next_chat(waiting, load):
    if waiting:
        return waiting[0], min(sorted(load), key=load.get)
    return None
