app = FastAPI()


@app.post("/api/new")
async def new_chat(request: Request, response: Response):
    chat = visitors.read(request)
    if chat is None or not is_open(desk, chat):
        chat = desk.open_chat()
        visitors.write(response, chat)
    return {**chat, "jwt": desk.visitor_token(chat["user"], chat["conversation"])}
