def bring_in(room, user):
    for member in conversations.members(room):
        if member["user"]["id"] == user:
            return
    conversations.join(room, user)
