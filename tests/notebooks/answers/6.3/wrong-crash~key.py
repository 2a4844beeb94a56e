app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request) or {}
    return {"jwt": desk.visitor_token(chat["user"], chat["conversation"])}
