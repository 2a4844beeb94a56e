def still_mine(events, me):
    joined = [e["body"]["user"] for e in events if e["type"] == "member:joined"]
    agents = [user["id"] for user in joined if user["id"] != joined[0]["id"]]
    return agents[-1] == me or me == "ada"
