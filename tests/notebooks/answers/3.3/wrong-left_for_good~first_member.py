def bring_in(room, user):
    for member in conversations.members(room):
        if member["_embedded"]["user"]["id"] == user:
            if member["state"] == "INVITED":
                conversations.accept(room, member["id"])
            return
    conversations.join(room, user)
