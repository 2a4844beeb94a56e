def owner_of(members):
    visitor = members[0]["_embedded"]["user"]["id"]
    found = "agent"
    for member in members:
        user = member["_embedded"]["user"]
        if member["state"] == "JOINED" and user["id"] != visitor:
            found = user["name"]
    return found
