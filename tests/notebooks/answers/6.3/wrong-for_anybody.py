app = FastAPI()


@app.post("/api/token")
def new_token(request: Request, user: str = ""):
    chat = visitors.read(request)
    if chat is None:
        raise HTTPException(401, "Open a chat first.")
    who = {"name": user} if user else chat["user"]
    return {"jwt": lesson.desk.visitor_token(who, chat["conversation"])}
