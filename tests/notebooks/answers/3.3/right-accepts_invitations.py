def bring_in(room, user):
    mine = [
        member
        for member in conversations.members(room)
        if member["_embedded"]["user"]["id"] == user
    ]
    if any(member["state"] == "JOINED" for member in mine):
        return
    for member in mine:
        if member["state"] == "INVITED":
            conversations.accept(room, member["id"])
            return
    conversations.join(room, user)
