app = FastAPI()


@app.post("/api/jwt/agent")
async def agent_jwt(request: Request, response: Response, given: dict):
    if not agents.knows(request):
        if not agents.is_password(given.get("password")):
            raise HTTPException(401, "Sign in first.")
        agents.remember(response)
    agent = desk.agent()
    return {"jwt": agent_token(agent), "user": agent}
