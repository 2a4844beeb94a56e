def next_chat(waiting, load):
    agent = min(sorted(load), key=load.get)
    if not waiting or load[agent] >= 2:
        return None
    return waiting[0], agent
