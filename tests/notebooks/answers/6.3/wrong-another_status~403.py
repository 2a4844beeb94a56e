app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    if chat is None:
        raise HTTPException(403, "Open a chat first.")
    return {"jwt": desk.visitor_token(chat["user"], chat["conversation"])}
