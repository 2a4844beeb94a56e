def next_chat(waiting, load):
    agent = min(sorted(load), key=load.get)
    return (waiting[0], agent) if waiting and load[agent] <= 3 else None
