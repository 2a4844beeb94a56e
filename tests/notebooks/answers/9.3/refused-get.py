def shares_chats(server):
    first, second = Browser(server).get("/api/new"), Browser(server).get("/api/new")
    return first.json()["conversation"] == second.json()["conversation"]
