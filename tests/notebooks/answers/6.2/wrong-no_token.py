app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    chat = visitors.read(request) or lesson.desk.open_chat()
    visitors.write(response, chat)
    return chat
