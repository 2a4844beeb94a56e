def owner_of(members):
    visitor = members[0]["_embedded"]["user"]["id"]
    users = [m["_embedded"]["user"] for m in members if m["state"] == "JOINED"]
    users = [user for user in users if user["id"] != visitor]
    return users[-1] if users else None
