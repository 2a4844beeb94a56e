def owner_of(members):
    visitor = members[0]["_embedded"]["user"]["id"]
    users = [m["_embedded"]["user"] for m in members if m["state"] == "JOINED"]
    ids = [user["id"] for user in users if user["id"] != visitor]
    return ids[-1] if ids else None
