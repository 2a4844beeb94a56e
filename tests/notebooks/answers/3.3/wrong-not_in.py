def bring_in(room, user):
    conversations.invite(room, user)
