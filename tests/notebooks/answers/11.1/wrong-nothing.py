def owner_of(members):
    names = [member["_embedded"]["user"]["name"] for member in members]
    names[-1]
