def bring_in(room, user):
    conversations.join(room, user)
