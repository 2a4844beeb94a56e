app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    chat = desk.open_chat()
    return {
        "conversation": chat["conversation"]["id"],
        "jwt": chat["jwt"],
        "user": chat["user"]["id"],
    }
