def bring_in(room, user):
    members = conversations.members(room)
    if user not in [member["_embedded"]["user"]["id"] for member in members]:
        conversations.join(room, user)
