"""The server that the page calls, and to which Vonage sends every event.

Each route is a separate app; at the end, ``server`` combines them all.
"""

import json
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from requests import RequestException
from starlette.exceptions import HTTPException
from vonage_http_client.errors import HttpRequestError

from livechat_helpers import places
from livechat_helpers.website import addresses
from livechat_helpers.website.guard import Guard

from .connection import sandbox, settings, signature_secret
from .opening import desk, is_open
from .tokens import agent_token
from .visitors import agents, visitors
from .webhook import Webhook, answer_fast, is_genuine, todo

PAGE = Path(__file__).parent / "page"
SDK = places.sdk()


# [6.2] open or resume the visitor's chat
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

# [6.3] renew the visitor's token
app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    if chat is None:
        raise HTTPException(401, "Open a chat first.")
    return {"jwt": desk.visitor_token(chat["user"], chat["conversation"])}


# [/6.3]


tokens = app


# [6.4] answer when Vonage fails
def not_available(request, error):
    detail = "The chat is not available right now."
    return JSONResponse({"error": 503, "detail": detail, "retry_after_seconds": 5}, 503)


# [/6.4]


# [6.5] give agents a token
app = FastAPI()


@app.post("/api/jwt/agent")
def agent_jwt(request: Request, response: Response, given: dict):
    if not agents.knows(request):
        if not agents.is_password(given.get("password")):
            raise HTTPException(401, "Sign in as an agent first.")
        agents.remember(response)
    agent = desk.agent()
    return {"jwt": agent_token(agent), "user": agent}


# [/6.5]


agent_tokens = app

secret = signature_secret.get_secret_value() if signature_secret else ""

# [6.6] receive Vonage's webhooks
app = FastAPI()


@app.post("/webhooks/event")
async def event(request: Request):
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    webhook = Webhook(token, await request.body())
    if not is_genuine(webhook, secret):
        raise HTTPException(401, "This webhook does not come from Vonage.")
    return Response(status_code=answer_fast(webhook))


# [/6.6]


webhooks = app


def work():
    """Process the events; for now, each one becomes a line in the log."""
    while True:
        event = json.loads(todo.get().body)
        where = event.get("conversation_id", "")
        print("event", event.get("id"), event.get("type"), where, file=sys.stderr)


threading.Thread(target=work, daemon=True).start()

pages = FastAPI()


@pages.get("/")
def customer_page():
    """Return the customer's page."""
    return FileResponse(PAGE / "index.html")


@pages.get("/agent")
def agent_page():
    """Return the agent's page."""
    return FileResponse(PAGE / "agent.html")


@pages.get("/sdk.mjs")
def browser_sdk():
    """Return Vonage's library for browsers."""
    return FileResponse(SDK, media_type="text/javascript")


vonage_now = SimpleNamespace(settings=settings, sandbox=sandbox)


@pages.post("/api/vonage")
def where_vonage_is(request: Request):
    """Return where the browser's SDK finds Vonage, seen from the page's address."""
    return addresses.for_sdk(request, vonage_now)


@pages.get("/api/chats")
def open_chats(request: Request):
    """Return the agent's open chats, for agents only."""
    if not agents.knows(request):
        raise HTTPException(401, "Sign in as an agent first.")
    mine = desk.conversations.of_user(desk.agent()["id"])
    return [{"id": one["id"], "title": one.get("display_name", "")} for one in mine]


def refused(request, error):
    """Answer a rejected call in the form that all errors have."""
    body = {"error": error.status_code, "detail": error.detail}
    return JSONResponse(body, error.status_code)


server = FastAPI(openapi_url=None)
for part in (chats, tokens, agent_tokens, webhooks, pages):
    # Each app also has pages at /docs that describe it. Strangers don't need those.
    server.router.routes += [one for one in part.routes if isinstance(one, APIRoute)]
server.add_exception_handler(HTTPException, refused)
server.add_exception_handler(HttpRequestError, not_available)
server.add_exception_handler(RequestException, not_available)
server.mount("/page", StaticFiles(directory=PAGE))
server.add_middleware(
    Guard,
    vonage=lambda: addresses.origins(vonage_now),
    public_url=lambda: settings.public_url,
)
