def owner_of(members):
    visitor = members[0]["_embedded"]["user"]["id"]
    users = [member["_embedded"]["user"] for member in members]
    return [user["name"] for user in users if user["id"] != visitor][-1]
