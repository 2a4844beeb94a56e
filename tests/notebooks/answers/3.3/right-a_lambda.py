bring_in = lambda room, user: (
    None
    if any(
        m["_embedded"]["user"]["id"] == user and m["state"] == "JOINED"
        for m in conversations.members(room)
    )
    else conversations.join(room, user)
)
