def next_chat(waiting, load):
    if not waiting or max(load.values()) >= 3:
        return None
    return waiting[0], min(sorted(load), key=load.get)
