def still_mine(events, me):
    return any(
        e["type"] == "member:joined" and e["body"]["user"]["name"] == me for e in events
    )
