app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    if not chat:
        raise HTTPException(401, "no")
    return desk.visitor_token(chat["user"], chat["conversation"])
