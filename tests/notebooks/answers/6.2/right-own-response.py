app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request):
    chat = visitors.read(request)
    is_new = not chat or not is_open(desk, chat)
    if is_new:
        chat = desk.open_chat()
    chat["jwt"] = desk.visitor_token(chat["user"], chat["conversation"])
    answer = JSONResponse(chat)
    if is_new:
        visitors.write(answer, chat)
    return answer
