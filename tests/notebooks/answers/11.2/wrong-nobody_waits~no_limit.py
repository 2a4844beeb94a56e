def next_chat(waiting, load):
    return waiting[0], min(sorted(load), key=load.get)
