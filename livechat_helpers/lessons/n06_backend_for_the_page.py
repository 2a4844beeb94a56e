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
from .content import Exercise, Lesson, Mistake, Mistaken, Option, Question

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


_EX_1 = Exercise(
    name="6.1",
    asks=("read_cookie",),
    check=_check_read_cookie,
    correct="You know your visitors again, and nobody else can say to be one of them.",
    hints=(
        "`signer.loads` checks the signature, and returns what was signed.",
        "For a wrong signature it raises `BadSignature`. Catch that, and return "
        "`None`.",
        "A first visit has no cookie: begin with `if cookie is None: return None`.",
    ),
    solution="""
def read_cookie(cookie):
    if cookie is None:
        return None
    try:
        return signer.loads(cookie)
    except BadSignature:
        return None
""",
    mistakes={
        "nothing": Mistake(
            "A good cookie gives `None` as well. Did you forget `return`?",
            """
def read_cookie(cookie):
    signer.loads(cookie)
""",
        ),
        "another": Mistake(
            "What came out is {found}, and not what was signed.",
            """
def read_cookie(cookie):
    return cookie
""",
        ),
        "unverified": Mistake(
            "A cookie signed with a guess was believed. So anybody can walk into "
            "anybody's chat.",
            """
def read_cookie(cookie):
    return signer.loads_unsafe(cookie)[1]
""",
        ),
        "raises": Mistake(
            "A bad cookie ends in `BadSignature`, and the visitor sees an error. "
            "Whoever shows you one is a stranger, no more: return `None`.",
            """
def read_cookie(cookie):
    return signer.loads(cookie)
""",
        ),
        "no_cookie": Mistake(
            "On a first visit there is no cookie, and you get `None`. `signer.loads` "
            "cannot read that.",
            """
def read_cookie(cookie):
    try:
        return signer.loads(cookie)
    except BadSignature:
        return None
""",
        ),
        "somebody": Mistake(
            "Without a cookie you return {found}. There is nobody: return `None`.",
            """
def read_cookie(cookie):
    try:
        return signer.loads(cookie or "")
    except BadSignature:
        return None if cookie else "nobody"
""",
        ),
    },
)


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


_EX_2 = Exercise(
    name="6.2",
    asks=("new_chat",),
    check=_check_new_chat,
    correct="Each visitor has one chat, keeps it, and gets another when it is over.",
    hints=(
        "First ask `visitors.read(request)`. There are three cases: no chat, one that "
        "is over, one that is open.",
        "In the first two `desk.open_chat()` opens one, and `visitors.write` keeps it.",
        "Whatever the case, the answer has a fresh token: "
        '`desk.visitor_token(chat["user"], chat["conversation"])`.',
    ),
    solution="""
app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    desk = lesson.desk
    chat = visitors.read(request)
    if chat is None or not is_open(desk, chat):
        chat = desk.open_chat()
        visitors.write(response, chat)
    return {**chat, "jwt": desk.visitor_token(chat["user"], chat["conversation"])}
""",
    mistakes={
        "refused": Mistake(
            "A new visitor is answered with {status}. Whoever comes for the first time "
            "has no cookie, and should get a chat.",
            """
app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    if visitors.read(request) is None:
        raise HTTPException(401, "Who are you?")
    return visitors.read(request)
""",
        ),
        "no_chat": Mistake(
            "The page looks for `{part}`, with its id, and does not find it. Return "
            "the whole chat.",
            """
app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    return {"jwt": lesson.desk.open_chat()["jwt"]}
""",
        ),
        "no_token": Mistake(
            "Somebody gets a chat without a token, `jwt`, and cannot sign in. The "
            "cookie has none, and one from yesterday would not help: mint a fresh one.",
            """
app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    chat = visitors.read(request) or lesson.desk.open_chat()
    visitors.write(response, chat)
    return chat
""",
        ),
        "one_for_all": Mistake(
            "Two visitors have got the same conversation: each reads what the other "
            "writes. The mistake of the published tutorial.",
            """
app = FastAPI()
active = lesson.desk.open_chat()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    return active
""",
        ),
        "no_cookie": Mistake(
            "You set no cookie, so you will not know this visitor again: "
            "`visitors.write(response, chat)`.",
            """
app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    return lesson.desk.open_chat()
""",
        ),
        "always_new": Mistake(
            "A visitor who loads the page again gets another chat, and an agent who "
            "starts from the beginning. Read the cookie first.",
            """
app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    chat = lesson.desk.open_chat()
    visitors.write(response, chat)
    return chat
""",
        ),
        "over": Mistake(
            "The visitor has left the chat, and gets it again: nobody can say anything "
            "there any more. Ask `is_open`.",
            """
app = FastAPI()


@app.post("/api/new")
def new_chat(request: Request, response: Response):
    desk = lesson.desk
    chat = visitors.read(request)
    if chat is None:
        chat = desk.open_chat()
        visitors.write(response, chat)
    return {**chat, "jwt": desk.visitor_token(chat["user"], chat["conversation"])}
""",
        ),
        "get": Mistake(
            "It works with GET, too. Browsers fetch such addresses ahead, and search "
            "engines visit them: each would open a chat. Allow POST alone.",
            """
app = FastAPI()


@app.get("/api/new")
@app.post("/api/new")
def new_chat(request: Request, response: Response):
    desk = lesson.desk
    chat = visitors.read(request)
    if chat is None or not is_open(desk, chat):
        chat = desk.open_chat()
        visitors.write(response, chat)
    return {**chat, "jwt": desk.visitor_token(chat["user"], chat["conversation"])}
""",
        ),
    },
)

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


_EX_3 = Exercise(
    name="6.3",
    asks=("new_token",),
    check=_check_new_token,
    correct="A visitor gets tokens for one chat, and a stranger gets a clear no.",
    hints=(
        "Whom the token is for says the cookie, and nothing else.",
        "For whoever has no chat, `raise HTTPException(401, ...)` with a few words.",
        '`lesson.desk.visitor_token(chat["user"], chat["conversation"])` mints a token '
        'for this chat alone. Return it as `{"jwt": ...}`.',
    ),
    solution="""
app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    if chat is None:
        raise HTTPException(401, "Open a chat first.")
    return {"jwt": lesson.desk.visitor_token(chat["user"], chat["conversation"])}
""",
    mistakes={
        "no_token": Mistake(
            "A visitor with a chat gets no `jwt`. Return a dictionary that has it.",
            """
app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    raise HTTPException(401, "Open a chat first.")
""",
        ),
        "for_anybody": Mistake(
            "A visitor who adds `?user=agent` gets the agent's token. Never believe a "
            "request when it says who it is from: read the cookie.",
            """
app = FastAPI()


@app.post("/api/token")
def new_token(request: Request, user: str = ""):
    chat = visitors.read(request)
    if chat is None:
        raise HTTPException(401, "Open a chat first.")
    who = {"name": user} if user else chat["user"]
    return {"jwt": lesson.desk.visitor_token(who, chat["conversation"])}
""",
        ),
        "no_acl": Mistake(
            "The token has no ACL, so it allows nothing at all. `visitor_token` gives "
            "it the one that the page needs.",
            """
app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    if chat is None:
        raise HTTPException(401, "Open a chat first.")
    return {"jwt": lesson.application.minter().mint(chat["user"]["name"])}
""",
        ),
        "too_much": Mistake(
            "The token allows something else than this one chat. `visitor_token` mints "
            "the least that the page needs.",
            """
app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    if chat is None:
        raise HTTPException(401, "Open a chat first.")
    everything = {"paths": {"/**": {}}}
    minter = lesson.application.minter()
    return {"jwt": minter.mint(chat["user"]["name"], everything)}
""",
        ),
        "crash": Mistake(
            "Without a cookie your route ends in {kind}. There is no chat then: ask "
            "for that first.",
            """
app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    return {"jwt": lesson.desk.visitor_token(chat["user"], chat["conversation"])}
""",
        ),
        "for_strangers": Mistake(
            "Whoever comes without a cookie gets a token as well. Who has no chat "
            "needs none.",
            """
app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request) or lesson.desk.open_chat()
    return {"jwt": lesson.desk.visitor_token(chat["user"], chat["conversation"])}
""",
        ),
        "looks_fine": Mistake(
            "A stranger gets no token, and the status 200, which says that all went "
            "well. The page looks at the status: raise an `HTTPException`.",
            """
app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    if chat is None:
        return {"error": "Open a chat first."}
    return {"jwt": lesson.desk.visitor_token(chat["user"], chat["conversation"])}
""",
        ),
        "another_status": Mistake(
            'A stranger gets the status {status}. "I do not know who you are" is 401.',
            """
app = FastAPI()


@app.post("/api/token")
def new_token(request: Request):
    chat = visitors.read(request)
    if chat is None:
        raise HTTPException(404, "Open a chat first.")
    return {"jwt": lesson.desk.visitor_token(chat["user"], chat["conversation"])}
""",
        ),
    },
)

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


_EX_4 = Exercise(
    name="6.4",
    asks=("not_available",),
    check=_check_not_available,
    correct="The visitor learns what matters: not now, and when to try again.",
    hints=(
        "Look at `refused` above: it is the same with other words.",
        "The status is 503: not the visitor's fault, and it may pass.",
        '`JSONResponse({"error": 503, "detail": ..., "retry_after_seconds": 5}, 503)`; '
        "what `error` holds is for your own log.",
    ),
    solution="""
def not_available(request, error):
    detail = "The chat is not available right now."
    return JSONResponse({"error": 503, "detail": detail, "retry_after_seconds": 5}, 503)
""",
    mistakes={
        "no_json": Mistake(
            "What you return is not an answer with JSON in it. A handler returns a "
            "whole answer: a `JSONResponse`.",
            """
def not_available(request, error):
    return {"error": 503, "detail": "Not now.", "retry_after_seconds": 5}
""",
        ),
        "looks_fine": Mistake(
            "The status is 200. A page that looks at it believes that it has a chat.",
            """
def not_available(request, error):
    return JSONResponse({"error": 503, "detail": "Not now.", "retry_after_seconds": 5})
""",
        ),
        "another_status": Mistake(
            "The status is {status}. 503 says: it is not your fault, and it may pass.",
            """
def not_available(request, error):
    return JSONResponse({"error": 500, "detail": "Oh.", "retry_after_seconds": 5}, 500)
""",
        ),
        "no_words": Mistake(
            "The answer lacks `error` or `detail`. All errors should have the same "
            "form, or the page has to guess.",
            """
def not_available(request, error):
    return JSONResponse({"message": "Not now.", "retry_after_seconds": 5}, 503)
""",
        ),
        "tells_too_much": Mistake(
            "You hand on what Vonage said, with addresses and ids of your server. That "
            "is for your own log.",
            """
def not_available(request, error):
    body = {"error": 503, "detail": str(error), "retry_after_seconds": 5}
    return JSONResponse(body, 503)
""",
        ),
        "no_pause": Mistake(
            "Say when to ask again, in `retry_after_seconds`. Without it pages ask all "
            "the time, just when there is trouble already.",
            """
def not_available(request, error):
    return JSONResponse({"error": 503, "detail": "Not now."}, 503)
""",
        ),
    },
)

LESSON = Lesson(
    number=6,
    title="A backend for the page",
    minutes=40,
    exercises=(_EX_1, _EX_2, _EX_3, _EX_4),
    given={"visitors": Visitors},
    questions=(
        Question(
            "Why is the visitor's cookie signed?",
            (
                Option(
                    "So that nobody can read what is in it.",
                    "A signature hides nothing. Look at the cookie: it is only "
                    "encoded.",
                ),
                Option(
                    "So that nobody can change it, and enter somebody else's chat.",
                    "Whoever changes it cannot sign it again: that takes your secret.",
                    right=True,
                ),
                Option(
                    "So that it works with Vonage.",
                    "Vonage never sees it. It is between the browser and your server.",
                ),
            ),
        ),
        Question(
            "The page asks for `/api/token?user=agent`. What does your server do?",
            (
                Option(
                    "It mints the agent's token: the page will have its reasons.",
                    "Everybody can send that request, with a page or without one.",
                ),
                Option(
                    "It looks whether there is a user of that name.",
                    "There is one, and this visitor is not the one.",
                ),
                Option(
                    "It reads the cookie, and mints a token for the visitor in there.",
                    "Who somebody is says what you have signed, not what they write.",
                    right=True,
                ),
            ),
        ),
        Question(
            "Two tabs of one visitor call `/api/new` in the same moment. Which helps?",
            (
                Option(
                    "One name, known before both calls: Vonage takes it only once.",
                    "The second call fails, and can then look for the chat of that "
                    "name. It works on any number of servers.",
                    right=True,
                ),
                Option(
                    "A look into a dictionary of your server: is there a chat already?",
                    "Both look, both find nothing, and both open one.",
                ),
                Option(
                    "The cookie that `/api/new` sets.",
                    "It comes with the answer. The second call has been sent by then.",
                ),
            ),
        ),
    ),
)
