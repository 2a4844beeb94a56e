shared = {}
app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    if not shared:
        shared.update(desk.open_chat())
    visitors.write(response, shared)
    return {**shared, "jwt": desk.visitor_token(shared["user"], shared["conversation"])}
