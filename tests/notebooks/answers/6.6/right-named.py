app = FastAPI()


@app.post("/webhooks/event")
async def event(request: Request):
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    body = await request.body()
    webhook = Webhook(body=body, token=token)
    if not is_genuine(webhook, secret):
        raise HTTPException(401, "This is not from Vonage.")
    status = answer_fast(webhook)
    return Response(status_code=status)
