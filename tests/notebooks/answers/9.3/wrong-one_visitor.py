def shares_chats(server):
    kim = Browser(server)
    first, second = (kim.post("/api/new").json() for _ in range(2))
    return first["conversation"]["id"] == second["conversation"]["id"]
