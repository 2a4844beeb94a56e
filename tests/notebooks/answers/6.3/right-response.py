app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    if not chat:
        return JSONResponse({"error": 401, "detail": "Who are you?"}, 401)
    return JSONResponse({"jwt": desk.visitor_token(chat["user"], chat["conversation"])})
