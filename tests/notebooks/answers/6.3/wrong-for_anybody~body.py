import json

app = FastAPI()


@app.post("/api/token")
async def new_token(request: Request):
    chat = visitors.read(request)
    if not chat:
        raise HTTPException(401, "no")
    body = await request.body()
    name = (
        json.loads(body).get("name", chat["user"]["name"])
        if body
        else chat["user"]["name"]
    )
    return {"jwt": desk.visitor_token({"name": name}, chat["conversation"])}
