app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    return (
        {"token": None}
        if chat is None
        else {"jwt": desk.visitor_token(chat["user"], chat["conversation"])}
    )
