"""Notebook 06: a backend for the page."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from random import Random
from typing import Any

import httpx
import jwt
import requests
from fastapi import FastAPI
from itsdangerous import BadSignature, URLSafeSerializer
from starlette.types import ASGIApp
from vonage_http_client.errors import HttpRequestError

from livechat_helpers.client import token_client
from livechat_helpers.conversations import Conversations, Json
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.tokens import TokenError, agent_acl, inspect, visitor_acl

from .access import allowed
from .browser import Browser
from .content import Exercise, Lesson, Mistaken, Unexpected
from .judging import Raised, generated, judge, outcome_of
from .lesson_servers import find_or_start
from .practice import application, open_desk
from .receiver import Receiver, Webhook
from .wording import words_of

_NOBODYS = "CON-00000000-0000-4000-8000-000000000000"
_LONGEST_LIFE = 24 * 60 * 60  # seconds, which is Vonage's limit for a token

# 6.1


def _check_read_cookie(read_cookie: Callable[..., Any], signer: Any) -> None:
    def right(cookie: str) -> Any:
        try:
            return signer.loads(cookie)
        except BadSignature:
            return None

    goods = [signer.dumps(chat) for chat in generated(_some_chat, 8)]
    if all(outcome_of(read_cookie, (good,)) is None for good in goods):
        raise Mistaken("nothing")
    mistakes: dict[str, Callable[..., Any]] = {
        "another": lambda cookie: cookie,
        "unverified": lambda cookie: signer.loads_unsafe(cookie)[1],
        "raises": signer.loads,
    }
    cookies = [(one,) for good in goods for one in (good, *_forged(signer, good))]
    judge(read_cookie, right, cookies, mistakes, name="read_cookie")
    for nothing in (None, ""):
        found = outcome_of(read_cookie, (nothing,))
        if isinstance(found, Raised) and nothing is None:
            raise Mistaken("no_cookie")
        if found is not None:
            raise Mistaken("somebody", found=repr(found))


def _forged(signer: Any, good: str) -> Iterator[str]:
    """Yield cookies that were made up or modified."""
    chat = signer.loads(good)
    payload, _, signature = good.rpartition(".")
    yield URLSafeSerializer("a guess", salt="visitor").dumps(chat)  # pyright: ignore[reportReturnType]
    yield URLSafeSerializer(signer.secret_keys[-1], salt="agent").dumps(chat)  # pyright: ignore[reportReturnType]
    first = "A" if signature[0] != "A" else "B"
    yield f"{payload}.{first}{signature[1:]}"
    other = {**chat, "conversation": {"id": _NOBODYS}}
    yield f"{signer.dumps(other).rpartition('.')[0]}.{signature}"
    yield payload
    yield from ("junk", ".", "..", "ü.ü")


def _some_chat(random: Random) -> Json:
    parts = ("user", "conversation", "member")
    return {part: {"id": f"{random.getrandbits(64):x}"} for part in parts}


# Tokens, for 6.2, 6.3 and 6.5


def _claims(token: Any) -> Json:
    """Return a token's claims.

    Raises:
        Unexpected: it isn't a token.
        Mistaken: it acts for the whole application.
    """
    try:
        claims = inspect(token)
    except (TokenError, TypeError, AttributeError, jwt.PyJWTError):
        raise Unexpected("jwt", "a token that the application signed", token) from None
    if claims.get("sub") is None:
        raise Mistaken("the_applications")
    return claims


def _check_token(token: Any, user: Json, room: str, right_acl: Any) -> None:
    """Check that a token's user, lifetime and ACL are exactly what they should be."""
    claims = _claims(token)
    if claims["sub"] != user["name"]:
        raise Unexpected("the token", f"the user {user['name']}", claims["sub"])
    ours = application().id
    if claims.get("application_id") != ours:
        got = claims.get("application_id")
        raise Unexpected("the token", f"the application {ours}", got)
    life = claims.get("exp", 0) - time.time()
    if not 0 < life <= _LONGEST_LIFE:
        raise Unexpected("the token's life", "15 minutes", f"{life / 60:.0f} minutes")
    if claims.get("acl") is None:
        raise Mistaken("no_acl")
    opens, right = allowed(claims["acl"], room), allowed(right_acl, room)
    if more := sorted(opens - right):
        raise Mistaken("too_much", call=" ".join(more[0]))
    if less := sorted(right - opens):
        raise Unexpected(
            "the token", f"one that allows {' '.join(less[0])}", "one that doesn't"
        )
    # Vonage has the last word.
    list(Conversations(token_client(token).http_client).events(room))


# 6.2


def _chat(browser: Browser) -> Json:
    answer = browser.post("/api/new")
    if answer.status_code != 200:
        raise Mistaken("refused", status=answer.status_code)
    chat = answer.json()
    for part in ("user", "conversation", "member"):
        if not isinstance(chat, dict) or "id" not in (chat.get(part) or {}):
            raise Mistaken("no_chat", part=part)
    if not isinstance(chat.get("jwt"), str):
        raise Mistaken("no_token")
    return chat


def _room(browser: Browser) -> str:
    return _chat(browser)["conversation"]["id"]


def _check_new_chat(app: ASGIApp) -> None:
    desk = open_desk()
    browsers = [Browser(app, raising=True) for _ in range(3)]
    chats = [_chat(browser) for browser in browsers]
    if len({chat["conversation"]["id"] for chat in chats}) < len(chats):
        raise Mistaken("one_for_all")
    for browser, chat in zip(browsers, chats, strict=True):
        room = chat["conversation"]["id"]
        if not browser.cookies:
            raise Mistaken("no_cookie")
        again = _chat(browser)
        if again["conversation"]["id"] != room:
            raise Mistaken("always_new")
        for each in (chat, again):
            _check_token(each["jwt"], _user_of(desk, chat), room, visitor_acl(room))
        if _claims(chat["jwt"]).get("jti") == _claims(again["jwt"]).get("jti"):
            raise Mistaken("stale")
    _check_endings(desk, browsers, chats)
    if Browser(app).get("/api/new").status_code != 405:
        raise Mistaken("get")


def _user_of(desk: SupportDesk, chat: Json) -> Json:
    """Return a chat's user as Vonage knows it, because an answer can omit the name."""
    member = desk.conversations.member(chat["conversation"]["id"], chat["member"]["id"])
    user = member["_embedded"]["user"]
    if user["id"] != chat["user"]["id"]:
        raise Unexpected("`user` and `member`", "the same person", "two people")
    return user


_ENDINGS: dict[str, Callable[[SupportDesk, str, str], object]] = {
    "The visitor has left the chat": lambda desk, room, me: desk.conversations.leave(
        room, me
    ),
    "The agent has closed the chat": lambda desk, room, me: desk.close_chat(room),
    "The conversation was deleted": lambda desk, room, me: desk.conversations.delete(
        room
    ),
}


def _check_endings(
    desk: SupportDesk, browsers: list[Browser], chats: list[Json]
) -> None:
    for (what, end), browser, chat in zip(
        _ENDINGS.items(), browsers, chats, strict=True
    ):
        room = chat["conversation"]["id"]
        end(desk, room, chat["member"]["id"])
        later = _room(browser)
        if later == room:
            raise Mistaken("over", what=what)
        if _room(browser) != later:
            raise Mistaken("forgets")


# 6.3


def _greedy_wishes(somebody: Json) -> Iterator[tuple[str, str]]:
    """Yield what a visitor could add to a call to impersonate somebody else."""
    for key in ("user", "name", "sub"):
        yield key, "agent"
    yield "user", somebody["user"]["name"]
    for key in ("conversation", "conversation_id", "room", "id"):
        yield key, somebody["conversation"]["id"]


def _check_new_token(app: ASGIApp, visitors: Any) -> None:
    desk = open_desk()
    kims, leas = desk.open_chat(), desk.open_chat()
    for chat in (kims, leas):
        browser = _with_cookie(app, visitors.COOKIE, visitors.signed(chat))
        room = chat["conversation"]["id"]
        _check_token(_token(browser), chat["user"], room, visitor_acl(room))
    kim = _with_cookie(app, visitors.COOKIE, visitors.signed(kims))
    for key, wish in _greedy_wishes(leas):
        _check_not_believed(kim, key, wish, kims)
    if _token(kim) == _token(kim):
        raise Unexpected("a second call", "a fresh token", "the same one again")
    _check_strangers(app, "/api/token", visitors.COOKIE)


def _token(browser: Browser, **request: Any) -> Any:
    """Return the token from an answer."""
    answer = browser.post("/api/token", **request)
    try:
        return answer.json()["jwt"]
    except (ValueError, KeyError, TypeError):
        raise Mistaken("no_token") from None


def _check_not_believed(browser: Browser, key: str, wish: str, chat: Json) -> None:
    for place in ("params", "json"):
        request: dict[str, Any] = {place: {key: wish}}
        answer = browser.post("/api/token", **request)
        if answer.status_code != 200:
            continue  # Rejecting a strange request is right, too.
        claims = _claims(answer.json().get("jwt"))
        if claims["sub"] != chat["user"]["name"]:
            raise Mistaken("for_anybody", key=key, wish=wish)
        room = chat["conversation"]["id"]
        if allowed(claims["acl"], room) != allowed(visitor_acl(room), room):
            raise Mistaken("another_chat", key=key)


def _with_cookie(app: ASGIApp, name: str, value: str) -> Browser:
    browser = Browser(app, raising=True)
    browser.cookies.set(name, value)
    return browser


def _check_strangers(app: ASGIApp, path: str, cookie: str, **request: Any) -> None:
    """Check that a call is rejected without a cookie, and with a made-up one."""
    made_up = URLSafeSerializer("a guess", salt="visitor").dumps({"user": "agent"})
    for browser in (
        Browser(app, raising=True),
        _with_cookie(app, cookie, made_up),
        _with_cookie(app, cookie, ""),
    ):
        try:
            answer = browser.post(path, **request)
        except Exception as error:
            raise Mistaken("crash", kind=type(error).__name__) from None
        _check_refusal(answer)


def _check_refusal(answer: httpx.Response) -> None:
    if answer.status_code == 200:
        raise Mistaken("for_strangers" if "jwt" in answer.text else "looks_fine")
    if answer.status_code != 401:
        raise Mistaken("another_status", status=answer.status_code)


# 6.4


def _failures() -> Iterator[Callable[[], object]]:
    """Yield calls to Vonage that fail, each in a different way."""
    desk = open_desk()
    yield lambda: desk.conversations.get(_NOBODYS)
    yield lambda: Conversations(token_client("junk").http_client).get(_NOBODYS)
    yield lambda: requests.get("http://127.0.0.1:9/v1/users", timeout=5)
    sandbox = find_or_start().sandbox
    if sandbox is not None:
        for status in (429, 500, 503):

            def fail(status: int = status) -> None:
                path = f"/v0.3/conversations/{_NOBODYS}"
                with sandbox.faults.refuse(status, path=path, lasting=10):
                    desk.conversations.get(_NOBODYS)

            yield fail


def _check_not_available(not_available: Callable[..., Any]) -> None:
    for fail in _failures():
        server = FastAPI()
        said: list[str] = []
        server.post("/api/new")(_telling(fail, said))
        for kind in (HttpRequestError, requests.RequestException):
            server.add_exception_handler(kind, not_available)
        _check_not_now(server, said)


def _telling(fail: Callable[[], object], said: list[str]) -> Callable[[], None]:
    """Return a route that fails, and records what Vonage said."""

    def route() -> None:
        try:
            fail()
        except Exception as error:
            response = getattr(error, "response", None)
            said.extend([str(error), getattr(response, "text", "")])
            raise

    return route


def _check_not_now(server: FastAPI, said: list[str]) -> None:
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
    parts = [one for text in said for one in _telltale(text)]
    if leaked := next((part for part in parts if part in answer.text), None):
        raise Mistaken("tells_too_much", part=leaked)
    pause = body.get("retry_after_seconds")
    if isinstance(pause, bool) or not isinstance(pause, int | float) or pause < 1:
        raise Mistaken("no_pause")


def _telltale(text: str) -> list[str]:
    """Return the parts of a text that only an error contains: addresses, ids, codes."""
    return re.findall(r"https?://[^\s\"']+|CON-[\w-]+|\b\w+:error:[\w:-]+|0x\w+", text)


# 6.5

_AGENT = "/api/jwt/agent"


def _check_agent_jwt(app: ASGIApp, agents: Any, visitors: Any) -> None:
    desk = open_desk()
    password = agents.password()
    agent = desk.agent()
    bo = Browser(app, raising=True)
    answer = bo.post(_AGENT, json={"password": password})
    if answer.status_code != 200:
        raise Mistaken("refused", status=answer.status_code)
    _check_agents_token(answer, agent)
    if not bo.cookies:
        raise Mistaken("no_session")
    again = bo.post(_AGENT, json={})
    if again.status_code != 200:
        raise Mistaken("forgets", status=again.status_code)
    _check_agents_token(again, agent)
    for wrong in _wrong_passwords(password):
        _check_kept_out(Browser(app, raising=True), agents, {"password": wrong})
    kims = visitors.signed(desk.open_chat())
    for browser in (
        Browser(app, raising=True),
        _with_cookie(app, visitors.COOKIE, kims),
        _with_cookie(app, agents.COOKIE, kims),
        _with_cookie(app, agents.COOKIE, "made-up"),
    ):
        _check_kept_out(browser, agents, {})
    for key in ("user", "name", "sub"):
        greedy = bo.post(_AGENT, params={key: "mallory"}, json={key: "mallory"})
        if greedy.status_code == 200:
            _check_agents_token(greedy, agent)


def _check_kept_out(browser: Browser, agents: Any, given: Json) -> None:
    shown = browser.cookies.get(agents.COOKIE)
    try:
        answer = browser.post(_AGENT, json=given)
    except Exception as error:
        kind = type(error).__name__
        raise Mistaken("crash", kind=kind, given=json.dumps(given)) from None
    if answer.status_code == 200:
        raise Mistaken("for_strangers", given=json.dumps(given))
    if answer.status_code not in (401, 403, 422):
        raise Mistaken("another_status", status=answer.status_code)
    if browser.cookies.get(agents.COOKIE) != shown:
        raise Mistaken("signed_in_anyway", given=json.dumps(given))


def _check_agents_token(answer: httpx.Response, agent: Json) -> None:
    try:
        token = answer.json()["jwt"]
    except (ValueError, KeyError, TypeError):
        raise Mistaken("no_token") from None
    claims = _claims(token)
    if claims["sub"] != agent["name"]:
        raise Unexpected("the token", f"the user {agent['name']}", claims["sub"])
    if claims.get("acl") is None:
        raise Mistaken("no_acl")
    opens = allowed(claims["acl"], _NOBODYS)
    right = allowed(agent_acl(agent["id"]), _NOBODYS)
    if more := sorted(opens - right):
        raise Mistaken("too_much", call=" ".join(more[0]))
    if less := sorted(right - opens):
        raise Unexpected(
            "the token", f"one that allows {' '.join(less[0])}", "one that doesn't"
        )
    with suppress(KeyError, ValueError):
        user = answer.json()["user"]
        if user["id"] != agent["id"]:
            raise Unexpected("user", agent["id"], user["id"])
        return
    raise Mistaken("no_user")


def _wrong_passwords(password: str) -> list[Any]:
    return [
        *(None, "", " ", "agent", "password", "ä", 0, True, [], {}),
        *(password[:-1], f"{password} x", password.swapcase(), [password]),
    ]


# 6.6

_EVENTS = "/webhooks/event"
_AT_ONCE = 1.8  # seconds that an answer can take on a busy machine


def _check_webhook(app: ASGIApp, todo: Any, secret: str) -> None:
    genuine = _real_webhooks(int(time.time() // 120))
    _empty(todo)
    for webhook in genuine:
        answer, seconds = _sent(app, webhook)
        if answer.status_code == 401:
            raise Mistaken("refused")
        if not 200 <= answer.status_code <= 205:
            raise Mistaken("goes_wrong", status=answer.status_code)
        if seconds > _AT_ONCE:
            raise Mistaken("slow", seconds=round(seconds, 1))
        taken = _empty(todo)
        if not taken:
            raise Mistaken("not_taken")
        if len(taken) > 1:
            raise Mistaken("twice", count=len(taken))
        if getattr(taken[0], "body", None) != webhook.body:
            raise Unexpected("the webhook in `todo`", "its bytes in `body`", taken[0])
    for what, forged in _forgeries(genuine[0], secret):
        answer, _ = _sent(app, forged)
        if _empty(todo):
            raise Mistaken("believed", what=what)
        if answer.status_code < 300:
            raise Mistaken("looks_fine", what=what)
        if answer.status_code >= 500:
            raise Mistaken("goes_wrong", status=answer.status_code)
        if answer.status_code not in (401, 403):
            raise Unexpected(f"a webhook {what}", "401", answer.status_code)


@lru_cache(1)
def _real_webhooks(minutes: int) -> list[Webhook]:
    """Return webhooks that Vonage has really sent; they're cached for two minutes.

    minutes: the number of the current two-minute period.
    """
    receiver = Receiver(lambda webhook: 200)
    try:
        desk = receiver.desk()
        chat = desk.open_chat()
        room, member = chat["conversation"]["id"], chat["member"]["id"]
        desk.conversations.send_text(room, 'Zoë: 3 < 5 & "so on"', member=member)
        return receiver.wait_for(4)
    finally:
        receiver.close()


def _forgeries(real: Webhook, secret: str) -> Iterator[tuple[str, Webhook]]:
    yield "without a signature", Webhook("", real.body)
    yield "with a made-up signature", Webhook("junk", real.body)
    yield "with another body", Webhook(real.token, real.body.replace(b"CON-", b"CON_"))
    yield "with another body", Webhook(real.token, real.body + b" ")
    claims = inspect(real.token)
    guess = jwt.encode(claims, "a guess of thirty-two characters.", algorithm="HS256")
    yield "signed with another secret", Webhook(guess, real.body)
    old = {**claims, "iat": int(time.time()) - 3600}
    token = jwt.encode(old, secret, algorithm="HS256")
    yield "from an hour ago", Webhook(token, real.body)


def _sent(app: ASGIApp, webhook: Webhook) -> tuple[httpx.Response, float]:
    """Post a webhook as Vonage does; return the answer, and how long it took."""
    headers = {"content-type": "application/json"}
    if webhook.token:
        headers["authorization"] = f"Bearer {webhook.token}"
    begun = time.monotonic()
    browser = Browser(app, raising=True)
    answer = browser.post(_EVENTS, content=webhook.body, headers=headers)
    return answer, time.monotonic() - begun


def _empty(todo: Any) -> list[Any]:
    taken = []
    while not todo.empty():
        taken.append(todo.get())
    return taken


LESSON = Lesson(
    number=6,
    minutes=70,
    words=words_of(6),
    exercises=(
        Exercise("6.1", ("read_cookie",), _check_read_cookie),
        Exercise("6.2", ("app",), _check_new_chat, patience=10),
        Exercise("6.3", ("app",), _check_new_token, patience=10),
        Exercise("6.4", ("not_available",), _check_not_available),
        Exercise("6.5", ("app",), _check_agent_jwt, patience=10),
        Exercise("6.6", ("app",), _check_webhook, patience=10),
    ),
    uses=("2.5", "3.4", "5.1", "5.2"),
)
