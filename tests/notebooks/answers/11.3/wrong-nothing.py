def still_mine(events, me):
    joined = [e["body"]["user"] for e in events if e["type"] == "member:joined"]
    joined[-1]["name"] == me
