def owner_of(members):
    visitor = members[0]["_embedded"]["user"]["id"]
    joined = [member for member in members if member["state"] == "JOINED"]
    users = [member["_embedded"]["user"] for member in joined]
    return [user["name"] for user in users if user["id"] != visitor][-1]
