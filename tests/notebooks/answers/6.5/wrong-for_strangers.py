app = FastAPI()


@app.post("/api/jwt/agent")
def agent_jwt(request: Request, response: Response, given: dict):
    agents.remember(response)
    agent = desk.agent()
    return {"jwt": agent_token(agent), "user": agent}
