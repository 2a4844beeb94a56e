def bring_in(room, user):
    for member in conversations.members(room):
        same_user = member["_embedded"]["user"]["id"] == user
        if same_user and member["state"] == "JOINED":
            return
    conversations.join(room, user)
