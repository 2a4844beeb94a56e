app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    if chat is None:
        return {"jwt": agent_token(desk.agent())}
    return {"jwt": desk.visitor_token(chat["user"], chat["conversation"])}
