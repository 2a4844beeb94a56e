def next_chat(waiting, load):
    if waiting:
        waiting[0], min(load, key=load.get)
