app = FastAPI()


@app.post("/api/jwt/agent")
def agent_jwt(request: Request, response: Response, given: dict):
    if not agents.knows(request):
        raise HTTPException(401, "Sign in first.")
    agent = desk.agent()
    return {"jwt": agent_token(agent), "user": agent}
