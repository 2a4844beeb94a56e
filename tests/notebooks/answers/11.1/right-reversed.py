def owner_of(people):
    visitor = people[0]["_embedded"]["user"]["id"]
    for person in reversed(people):
        user = person["_embedded"]["user"]
        if person["state"] == "JOINED" and user["id"] != visitor:
            return user["name"]
