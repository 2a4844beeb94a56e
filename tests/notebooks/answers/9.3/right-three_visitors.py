def shares_chats(server):
    rooms = [
        Browser(server).post("/api/new").json()["conversation"]["id"] for _ in range(3)
    ]
    return len({*rooms}) < 3
