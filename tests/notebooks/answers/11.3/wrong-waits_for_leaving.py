def still_mine(events, me):
    mine = False
    for event in events:
        if event["type"].startswith("member:"):
            if event["body"]["user"]["name"] == me:
                mine = event["type"] == "member:joined"
    return mine
