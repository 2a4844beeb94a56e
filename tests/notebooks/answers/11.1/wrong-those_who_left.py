def owner_of(members):
    visitor, *others = members
    return others[0]["_embedded"]["user"]["name"]
