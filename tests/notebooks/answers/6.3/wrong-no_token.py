app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    raise HTTPException(401, "Open a chat first.")
