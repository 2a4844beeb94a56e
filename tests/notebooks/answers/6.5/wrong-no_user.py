app = FastAPI()


@app.post("/api/jwt/agent")
def agent_jwt(request: Request, response: Response, given: dict):
    if not agents.knows(request):
        if not agents.is_password(given.get("password")):
            raise HTTPException(401, "Sign in first.")
        agents.remember(response)
    return {"jwt": agent_token(desk.agent())}
