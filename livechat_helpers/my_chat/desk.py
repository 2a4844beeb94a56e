"""Who has which chat, and who gets the next one."""


# [11.1] find the agent who has a chat
def owner_of(members):
    visitor = members[0]["_embedded"]["user"]["id"]
    joined = [member for member in members if member["state"] == "JOINED"]
    users = [member["_embedded"]["user"] for member in joined]
    names = [user["name"] for user in users if user["id"] != visitor]
    return names[-1] if names else None


# [/11.1]


# [11.2] assign the next chat
def next_chat(waiting, load):
    agent = min(sorted(load), key=load.get)
    if not waiting or load[agent] >= 3:
        return None
    return waiting[0], agent


# [/11.2]


# [11.3] check that a chat is still yours
def still_mine(events, me):
    joined = [e["body"]["user"] for e in events if e["type"] == "member:joined"]
    agents = [user["name"] for user in joined if user["id"] != joined[0]["id"]]
    return bool(agents) and agents[-1] == me


# [/11.3]
