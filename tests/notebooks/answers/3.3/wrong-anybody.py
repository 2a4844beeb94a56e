def bring_in(room, user):
    if any(m["state"] == "JOINED" for m in conversations.members(room)):
        return
    conversations.join(room, user)
