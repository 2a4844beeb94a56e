def owner_of(members):
    return members[-1]["user"]["name"]
