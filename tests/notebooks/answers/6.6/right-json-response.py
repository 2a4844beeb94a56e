app = FastAPI()


@app.post("/webhooks/event")
async def event(request: Request):
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    webhook = Webhook(token, await request.body())
    if is_genuine(webhook, secret):
        return JSONResponse(None, answer_fast(webhook))
    return JSONResponse({"error": 401, "detail": "No."}, 401)
