app = FastAPI()


@app.post("/api/token")
def new_token(request: Request, conversation: str = ""):
    chat = visitors.read(request)
    if not chat:
        raise HTTPException(401, "no")
    return {
        "jwt": desk.visitor_token(
            chat["user"], {"id": conversation or chat["conversation"]["id"]}
        )
    }
