app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    chat = visitors.read(request)
    if chat is None or desk.ended(chat["conversation"]["id"]):
        chat = desk.open_chat()
        visitors.write(response, chat)
    return {**chat, "jwt": desk.visitor_token(chat["user"], chat["conversation"])}
