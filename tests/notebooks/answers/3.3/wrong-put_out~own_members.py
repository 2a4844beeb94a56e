def bring_in(room, user):
    for member in conversations.members(room):
        mine = member["_embedded"]["user"]["id"] == user
        if mine and member["state"] != "LEFT":
            conversations.leave(room, member["id"])
    conversations.join(room, user)
