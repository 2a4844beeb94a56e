def shares_chats(server):
    kim = Browser(server)
    first, again = kim.post("/api/new").json(), kim.post("/api/new").json()
    return first["conversation"] == again["conversation"]
