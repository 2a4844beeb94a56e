def next_chat(waiting, load):
    names = sorted(load, key=lambda name: (load[name], name))
    if waiting and load[names[0]] < 3:
        return waiting.pop(0), names[0]
    return None
