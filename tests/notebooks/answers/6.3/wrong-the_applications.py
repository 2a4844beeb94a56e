app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    if chat is None:
        raise HTTPException(401, "Open a chat first.")
    return {"jwt": lesson.application.minter().mint()}
