app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    return lesson.desk.open_chat()
