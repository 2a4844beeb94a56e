app = FastAPI()


@app.post("/webhooks/event")
async def event(request: Request):
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    webhook = Webhook(token, await request.body())
    if not is_genuine(webhook, secret):
        return Response(status_code=500)
    answer_fast(webhook)
    return Response(status_code=500)
