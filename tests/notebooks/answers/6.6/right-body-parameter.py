from fastapi import Depends, Header


async def bytes_of(request: Request):
    return await request.body()


app = FastAPI()


@app.post("/webhooks/event")
def event(body: bytes = Depends(bytes_of), authorization: str = Header("")):
    token = authorization.removeprefix("Bearer ")
    webhook = Webhook(token, body)
    if not is_genuine(webhook, secret):
        raise HTTPException(401, "This is not from Vonage.")
    return Response(status_code=answer_fast(webhook))
