def room_rules(agents, ended):
    return {"users": [APPLICATION, *agents], "events_default": 50 if ended else 0}
