app = FastAPI()


@app.post("/webhooks/event")
async def event(request: Request):
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    webhook = Webhook(token, await request.body())
    status = answer_fast(webhook)
    if not is_genuine(webhook, secret):
        raise HTTPException(401, "This is not from Vonage.")
    return Response(status_code=status)
