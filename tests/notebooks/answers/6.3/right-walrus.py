app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    if not (chat := visitors.read(request)):
        raise HTTPException(status_code=401)
    user, room = chat["user"], chat["conversation"]
    token = lesson.desk.visitor_token(user, room)
    return dict(jwt=token)
