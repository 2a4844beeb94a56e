app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    if chat is None:
        raise HTTPException(404, "Open a chat first.")
    return {"jwt": lesson.desk.visitor_token(chat["user"], chat["conversation"])}
