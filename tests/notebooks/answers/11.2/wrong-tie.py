def next_chat(waiting, load):
    return waiting[0], min(load, key=load.get)
