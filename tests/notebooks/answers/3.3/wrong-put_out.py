def bring_in(room, user):
    for member in conversations.members(room):
        if member["state"] == "JOINED":
            conversations.leave(room, member["id"])
    conversations.join(room, user)
