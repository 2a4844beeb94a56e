app = FastAPI()
active = lesson.desk.open_chat()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    return active
