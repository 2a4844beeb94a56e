app = FastAPI()


@app.post("/api/new")
def new_chat():
    return desk.visitor_token(chat["user"], chat["conversation"])
