def owner_of(members):
    visitor = members[0]["_embedded"]["user"]["id"]
    users = [m["_embedded"]["user"] for m in members if m["state"] == "JOINED"]
    names = [user["display_name"] for user in users if user["id"] != visitor]
    return names[-1] if names else None
