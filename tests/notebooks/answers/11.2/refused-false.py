def next_chat(waiting, load):
    agent = min(sorted(load), key=load.get)
    return bool(waiting) and load[agent] < 3 and (waiting[0], agent)
