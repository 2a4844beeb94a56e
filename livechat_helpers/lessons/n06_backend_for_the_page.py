"""Notebook 06: a backend for the page."""

from collections.abc import Callable
from secrets import token_hex
from typing import Any

import httpx
from fastapi import FastAPI, Request, Response
from itsdangerous import BadSignature, URLSafeSerializer
from starlette.types import ASGIApp
from vonage_http_client.errors import HttpRequestError

from livechat_helpers.conversations import Json
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.tokens import inspect, visitor_acl
from livechat_helpers.website.opening import kept

from .browser import Browser
from .content import Exercise, Lesson, Mistaken
from .wording import words_of

_NOBODYS = "CON-00000000-0000-4000-8000-000000000000"

# 6.1


def _check_read_cookie(read_cookie: Callable[..., Any], signer: Any) -> None:
    chat = {"conversation": "CON-1", "member": "MEM-1"}
    found = _read(read_cookie, signer.dumps(chat))
    if found is None:
        raise Mistaken("nothing")
    if found != chat:
        raise Mistaken("another", found=found)
    guess = URLSafeSerializer("a guess", salt="visitor")
    if _read(read_cookie, guess.dumps(chat)) is not None:
        raise Mistaken("unverified")
    try:
        nobody = _read(read_cookie, None)
    except (TypeError, AttributeError):
        raise Mistaken("no_cookie") from None
    if nobody is not None:
        raise Mistaken("somebody", found=nobody)


def _read(read_cookie: Callable[..., Any], cookie: str | None) -> Any:
    try:
        return read_cookie(cookie)
    except BadSignature:
        raise Mistaken("raises") from None


class Visitors:
    """What exercise 6.1 is about, whole: reads and writes the visitors' cookies."""

    COOKIE = "visitor"

    def __init__(self) -> None:
        self._signer = URLSafeSerializer(token_hex(32), salt="visitor")

    def read(self, request: Request) -> Json | None:
        """Return the chat of whoever calls; None if there is none."""
        try:
            return self._signer.loads(request.cookies.get(self.COOKIE, ""))
        except BadSignature:
            return None

    def write(self, response: Response, chat: Json) -> None:
        """Put a chat into the cookie, without its token."""
        value = self.signed(chat)
        response.set_cookie(self.COOKIE, value, httponly=True, samesite="lax")

    def signed(self, chat: Json) -> str:
        """Return the cookie of a chat."""
        return self._signer.dumps(kept(chat))  # pyright: ignore[reportReturnType]


# 6.2


def _server(path: str, route: Callable[..., Any]) -> FastAPI:
    server = FastAPI()
    server.post(path)(route)
    return server


def _chat(browser: Browser) -> Json:
    answer = browser.post("/api/new")
    if answer.status_code != 200:
        raise Mistaken("refused", status=answer.status_code)
    chat = answer.json()
    for part in ("user", "conversation", "member"):
        if not isinstance(chat, dict) or "id" not in chat.get(part, {}):
            raise Mistaken("no_chat", part=part)
    if not isinstance(chat.get("jwt"), str):
        raise Mistaken("no_token")
    return chat


def _conversation(browser: Browser) -> str:
    return _chat(browser)["conversation"]["id"]


def _check_new_chat(new_chat: Callable[..., Any], app: ASGIApp) -> None:
    server = _server("/api/new", new_chat)
    kim, lea = (Browser(server, raising=True) for _ in "kl")
    chat = _chat(kim)
    conversation = chat["conversation"]["id"]
    if _conversation(lea) == conversation:
        raise Mistaken("one_for_all")
    if not kim.cookies:
        raise Mistaken("no_cookie")
    if _conversation(kim) != conversation:
        raise Mistaken("always_new")
    SupportDesk.open().conversations.leave(conversation, chat["member"]["id"])
    if _conversation(kim) == conversation:
        raise Mistaken("over")
    if Browser(app).get("/api/new").status_code != 405:
        raise Mistaken("get")


# 6.3


def _check_new_token(new_token: Callable[..., Any], visitors: Visitors) -> None:
    server = _server("/api/token", new_token)
    chat = SupportDesk.open().open_chat()
    kim = Browser(server, raising=True)
    kim.cookies.set(Visitors.COOKIE, visitors.signed(chat))
    claims = _claims(kim.post("/api/token"))
    as_agent = {"user": "agent", "name": "agent", "sub": "agent"}
    greedy = kim.post("/api/token", params=as_agent)
    if greedy.status_code == 200 and _claims(greedy)["sub"] != chat["user"]["name"]:
        raise Mistaken("for_anybody")
    if claims["acl"] is None:
        raise Mistaken("no_acl")
    if claims["acl"] != visitor_acl(chat["conversation"]["id"]):
        raise Mistaken("too_much")
    stranger = Browser(server, raising=True)
    try:
        answer = stranger.post("/api/token")
    except Exception as error:
        raise Mistaken("crash", kind=type(error).__name__) from None
    _check_refusal(answer)


def _claims(answer: httpx.Response) -> Json:
    """Return subject and ACL of the token in an answer."""
    try:
        token = answer.json()["jwt"]
    except (ValueError, KeyError, TypeError):
        raise Mistaken("no_token") from None
    claims = inspect(token)
    return {"sub": claims.get("sub"), "acl": claims.get("acl")}


def _check_refusal(answer: httpx.Response) -> None:
    if answer.status_code == 200:
        raise Mistaken("for_strangers" if "jwt" in answer.text else "looks_fine")
    if answer.status_code != 401:
        raise Mistaken("another_status", status=answer.status_code)


# 6.4


def _fail() -> None:
    """Call Vonage for something that is not there."""
    SupportDesk.open().conversations.get(_NOBODYS)


def _check_not_available(not_available: Callable[..., Any]) -> None:
    server = _server("/api/new", _fail)
    server.add_exception_handler(HttpRequestError, not_available)
    try:
        answer = Browser(server, raising=True).post("/api/new")
        body = answer.json()
    except (TypeError, ValueError):
        raise Mistaken("no_json") from None
    if answer.status_code == 200:
        raise Mistaken("looks_fine")
    if answer.status_code != 503:
        raise Mistaken("another_status", status=answer.status_code)
    if not isinstance(body, dict) or not {"error", "detail"} <= body.keys():
        raise Mistaken("no_words")
    if _NOBODYS in answer.text or "://" in answer.text:
        raise Mistaken("tells_too_much")
    pause = body.get("retry_after_seconds")
    if not isinstance(pause, int) or pause < 1:
        raise Mistaken("no_pause")


LESSON = Lesson(
    number=6,
    minutes=40,
    words=words_of(6),
    exercises=(
        Exercise("6.1", ("read_cookie",), _check_read_cookie),
        Exercise("6.2", ("new_chat",), _check_new_chat),
        Exercise("6.3", ("new_token",), _check_new_token),
        Exercise("6.4", ("not_available",), _check_not_available),
    ),
    given={"visitors": Visitors},
)
