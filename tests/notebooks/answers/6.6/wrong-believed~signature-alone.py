from vonage_jwt import verify_signature

app = FastAPI()


@app.post("/webhooks/event")
async def event(request: Request):
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    webhook = Webhook(token, await request.body())
    if not verify_signature(token, secret):
        raise HTTPException(401, "no")
    return Response(status_code=answer_fast(webhook))
