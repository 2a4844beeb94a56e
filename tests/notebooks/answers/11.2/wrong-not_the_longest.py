def next_chat(waiting, load):
    return waiting[-1], min(load, key=load.get)
