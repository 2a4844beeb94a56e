def next_chat(waiting, load):
    return min(load, key=load.get)
