def next_chat(waiting, load):
    agent = min(load, key=load.get)
    if not waiting or load[agent] >= 3:
        return None
    return waiting[0], agent
