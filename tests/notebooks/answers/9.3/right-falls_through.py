def shares_chats(server):
    first = Browser(server).post("/api/new").json()
    second = Browser(server).post("/api/new").json()
    if first["conversation"]["id"] == second["conversation"]["id"]:
        return True
