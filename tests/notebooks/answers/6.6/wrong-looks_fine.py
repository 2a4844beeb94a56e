app = FastAPI()


@app.post("/webhooks/event")
async def event(request: Request):
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    webhook = Webhook(token, await request.body())
    if is_genuine(webhook, secret):
        answer_fast(webhook)
    return Response(status_code=200)
