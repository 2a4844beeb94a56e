def next_chat(queue, agents):
    free = sorted((count, name) for name, count in agents.items() if count < 3)
    if queue and free:
        return [queue[0], free[0][1]]
