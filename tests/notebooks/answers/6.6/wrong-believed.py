app = FastAPI()


@app.post("/webhooks/event")
async def event(request: Request):
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    webhook = Webhook(token, await request.body())
    return Response(status_code=answer_fast(webhook))
