def room_rules(agents, ended):
    rules = {"users": {APPLICATION: 100} | dict.fromkeys(agents, 50)}
    rules["events_default"] = 50 if ended else 0
