def shares_chats(server):
    first = Browser(server).post("/api/new").json()
    second = Browser(server).post("/api/new").json()
    return first["conversation"] == second["conversation"]
