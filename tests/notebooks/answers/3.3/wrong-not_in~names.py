def bring_in(room, user):
    names = [m["_embedded"]["user"]["name"] for m in conversations.members(room)]
    if user not in names:
        try:
            conversations.invite(room, user)
        except HttpRequestError:
            pass
