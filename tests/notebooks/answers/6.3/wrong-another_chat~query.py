app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    if not chat:
        raise HTTPException(401, "no")
    room = request.query_params.get("room", chat["conversation"]["id"])
    return {"jwt": desk.visitor_token(chat["user"], {"id": room})}
