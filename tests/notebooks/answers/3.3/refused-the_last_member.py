def bring_in(room, user):
    members = list(conversations.members(room))
    if members and members[-1]["state"] == "JOINED":
        return
    conversations.join(room, user)
