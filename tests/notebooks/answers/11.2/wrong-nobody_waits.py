def next_chat(waiting, load):
    agent = min(sorted(load), key=load.get)
    if load[agent] >= 3:
        return None
    return waiting[0], agent
