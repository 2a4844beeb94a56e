def bring_in(room, user):
    members = list(conversations.members(room))
    print(len(members))
