app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    return {"jwt": lesson.desk.open_chat()["jwt"]}
