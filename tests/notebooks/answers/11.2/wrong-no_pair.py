def next_chat(waiting, load):
    agent = min(sorted(load), key=load.get)
    if not waiting or load[agent] >= 3:
        return None
    return agent
