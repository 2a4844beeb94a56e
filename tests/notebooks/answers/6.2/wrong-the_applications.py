app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    chat = visitors.read(request)
    if chat is None or not is_open(desk, chat):
        chat = desk.open_chat()
        visitors.write(response, chat)
    return {**chat, "jwt": lesson.application.minter().mint()}
