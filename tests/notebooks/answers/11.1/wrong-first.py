def owner_of(members):
    visitor, *others = members
    joined = [member for member in others if member["state"] == "JOINED"]
    return joined[0]["_embedded"]["user"]["name"]
