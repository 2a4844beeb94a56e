"""The server that the page calls, and where Vonage sends what happens.

Each route was written as an app of its own; ``server``, at the end, is all of them.
"""

import hmac
import secrets
from pathlib import Path
from types import SimpleNamespace

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from requests import RequestException
from starlette.exceptions import HTTPException
from vonage_http_client.errors import HttpRequestError

from livechat_helpers import places
from livechat_helpers.private_files import kept_secret

from .connection import realtime_url, settings, signature_secret
from .opening import Desk, is_open
from .tokens import agent_token
from .visitors import visitors
from .webhook import answer_fast, is_genuine

PAGE = Path(__file__).parent / "page"
SDK = places.ROOT / "web/node_modules/@vonage/client-sdk/dist/vonageClientSDK.min.mjs"

desk = Desk.open()
agent_password = kept_secret(places.sandbox_dir() / "agent-password")
agent_sessions = set()

# [6.2] the visitor's chat
app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    chat = visitors.read(request)
    if chat is None or not is_open(desk, chat):
        chat = desk.open_chat()
        visitors.write(response, chat)
    return {**chat, "jwt": desk.visitor_token(chat["user"], chat["conversation"])}


# [/6.2]


chats = app

# [6.3] a fresh token, for nobody else
app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    if chat is None:
        raise HTTPException(401, "Open a chat first.")
    return {"jwt": desk.visitor_token(chat["user"], chat["conversation"])}


# [/6.3]


tokens = app


# [6.4] what the page is told when Vonage fails
def not_available(request, error):
    detail = "The chat is not available right now."
    return JSONResponse({"error": 503, "detail": detail, "retry_after_seconds": 5}, 503)


# [/6.4]


# [6.5] the agent's token, for agents only
app = FastAPI()


@app.post("/api/jwt/agent")
def agent_jwt(request: Request, response: Response, given: dict):
    if request.cookies.get("my_chat_agent") not in agent_sessions:
        if not hmac.compare_digest(given.get("password", ""), agent_password):
            raise HTTPException(401, "Sign in as an agent first.")
        session = secrets.token_urlsafe()
        agent_sessions.add(session)
        response.set_cookie("my_chat_agent", session, httponly=True, samesite="lax")
    agent = desk.agent()
    return {"jwt": agent_token(agent), "user": agent}


# [/6.5]


agents = app

# [6.6] where Vonage sends every event
app = FastAPI()


@app.post("/webhooks/event")
async def event(request: Request):
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    webhook = SimpleNamespace(token=token, body=await request.body())
    if not is_genuine(webhook, signature_secret.get_secret_value()):
        raise HTTPException(401, "This webhook does not come from Vonage.")
    return Response(status_code=answer_fast(webhook))


# [/6.6]


webhooks = app

pages = FastAPI()


@pages.get("/")
def customer_page():
    """The customer's page."""
    return FileResponse(PAGE / "index.html")


@pages.get("/agent")
def agent_page():
    """The agent's page."""
    return FileResponse(PAGE / "agent.html")


@pages.get("/sdk.mjs")
def browser_sdk():
    """Vonage's library for browsers."""
    return FileResponse(SDK, media_type="text/javascript")


@pages.get("/api/vonage")
def where_vonage_is():
    """Where the browser's SDK finds Vonage: with the sandbox, on this machine."""
    return {
        "apiUrl": settings.sdk_api_url if settings.mode == "cloud" else realtime_url,
        "websocketUrl": realtime_url,
        "websocketPath": "/v2/rtc",
    }


@pages.get("/api/chats")
def open_chats(request: Request):
    """The agent's open chats, for agents only."""
    if request.cookies.get("my_chat_agent") not in agent_sessions:
        raise HTTPException(401, "Sign in as an agent first.")
    mine = desk.conversations.of_user(desk.agent()["id"])
    return [{"id": one["id"], "title": one.get("display_name", "")} for one in mine]


def refused(request, error):
    """Answer a refusal in the form that all errors have."""
    body = {"error": error.status_code, "detail": error.detail}
    return JSONResponse(body, error.status_code)


server = FastAPI(openapi_url=None)
for part in (chats, tokens, agents, webhooks, pages):
    server.include_router(part.router)
server.add_exception_handler(HTTPException, refused)
server.add_exception_handler(HttpRequestError, not_available)
server.add_exception_handler(RequestException, not_available)
server.mount("/page", StaticFiles(directory=PAGE))
