app = FastAPI()


@app.post("/api/jwt/agent")
def agent_jwt(request: Request, response: Response, given: dict):
    right = agents.is_password(given.get("password", ""))
    if not (agents.knows(request) or right):
        raise HTTPException(401, "Sign in first.")
    agents.remember(response)
    agent = desk.agent()
    return {"jwt": agent_token(agent), "user": agent}
