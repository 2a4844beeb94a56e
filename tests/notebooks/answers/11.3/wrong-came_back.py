def still_mine(events, me):
    joined = [e["body"]["user"] for e in events if e["type"] == "member:joined"]
    agents = {u["name"]: None for u in joined if u["id"] != joined[0]["id"]}
    return bool(agents) and list(agents)[-1] == me
