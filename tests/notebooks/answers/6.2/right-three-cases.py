app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    old = visitors.read(request)
    if old is not None and is_open(desk, old):
        return {**old, "jwt": desk.visitor_token(old["user"], old["conversation"])}
    chat = desk.open_chat()
    visitors.write(response, chat)
    return chat
