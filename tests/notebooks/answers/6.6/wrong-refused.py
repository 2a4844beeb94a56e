app = FastAPI()


@app.post("/webhooks/event")
async def event(request: Request):
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    import json

    event = await request.json()
    webhook = Webhook(token, json.dumps(event).encode())
    if not is_genuine(webhook, secret):
        raise HTTPException(401, "This is not from Vonage.")
    return Response(status_code=answer_fast(webhook))
