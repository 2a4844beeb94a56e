def bring_in(room, user):
    rooms = [each["id"] for each in conversations.of_user(user)]
    if room not in rooms:
        conversations.join(room, user)
