app = FastAPI()


@app.post("/api/jwt/agent")
def agent_jwt(request: Request, response: Response, given: dict):
    if not agents.knows(request):
        agents.remember(response)
        if not agents.is_password(given.get("password")):
            response.status_code = 401
            return {"error": 401, "detail": "Sign in first."}
    agent = desk.agent()
    return {"jwt": agent_token(agent), "user": agent}
