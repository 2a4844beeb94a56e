def still_mine(events, me):
    joined = [e["body"]["user"] for e in events if e["type"] == "member:joined"]
    for user in joined[::-1]:
        if user["id"] != joined[0]["id"]:
            return user["name"] == me
    return False
