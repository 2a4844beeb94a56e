app = FastAPI()


@app.post("/webhooks/event")
async def event(request: Request):
    print(await request.body())
    return Response(status_code=200)
