app = FastAPI()


@app.post("/api/jwt/agent")
def agent_jwt(request: Request, response: Response, given: dict):
    if agents.knows(request):
        return {"jwt": agent_token(desk.agent()), "user": desk.agent()}
    if not agents.is_password(given.get("password")):
        return JSONResponse({"error": 401, "detail": "No."}, 401)
    agent = desk.agent()
    answer = JSONResponse({"jwt": agent_token(agent), "user": agent})
    agents.remember(answer)
    return answer
