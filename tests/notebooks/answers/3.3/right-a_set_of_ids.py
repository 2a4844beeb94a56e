def bring_in(conversation, user_id):
    joined = {
        m["_embedded"]["user"]["id"]
        for m in conversations.members(conversation)
        if m["state"] == "JOINED"
    }
    if user_id not in joined:
        return conversations.join(conversation, user_id)
