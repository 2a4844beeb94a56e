def bring_in(room, user):
    for member in conversations.members(room):
        same = member["_embedded"]["user"]["id"] == user
        if same and member["state"] != "LEFT":
            return
    conversations.join(room, user)
