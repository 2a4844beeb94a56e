app = FastAPI()


@app.post("/webhooks/event")
async def event(request: Request):
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    webhook = Webhook(token, await request.body())
    if not is_genuine(webhook, secret):
        raise HTTPException(401, "This is not from Vonage.")
    answer_fast(webhook)
    return Response(status_code=answer_fast(webhook))
