app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    if visitors.read(request) is None:
        raise HTTPException(401, "Who are you?")
    return visitors.read(request)
