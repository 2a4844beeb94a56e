"""Use every Python piece of ``my_chat`` once, on the real sandbox."""

import asyncio
import time
from importlib import import_module
from typing import Any

import jwt

from livechat_helpers import places
from livechat_helpers.client import answer_to, token_client
from livechat_helpers.conversations import Conversations, Json
from livechat_helpers.lessons import pieces
from livechat_helpers.lessons.browser import Browser
from livechat_helpers.sandbox.remote import connect
from livechat_helpers.settings import Settings
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.tokens import load_private_key
from livechat_helpers.website.passwords import FRONT_DESK, Passwords


def chat(server: str) -> None:
    """Let a visitor and an agent talk through a server, and read their messages.

    server: the address of the running ``my_chat``.
    """
    pieces.forget_modules()
    chat = _visitor_comes(server)
    _another_visitor_has_another_chat(server, chat)
    events = _both_speak(server, chat)
    _is_read(chat["conversation"]["id"], events)
    _is_in_the_pane()
    _is_delivered(events)
    _tokens_are_read(chat)


def _piece(module: str) -> Any:
    return import_module(f"my_chat.{module}")


def _visitor_comes(server: str) -> Json:
    browser = Browser(server)
    first, again = (browser.post("/api/new").json() for _ in range(2))
    assert first["conversation"]["id"] == again["conversation"]["id"]
    fresh = browser.post("/api/token").json()["jwt"]
    forged = Browser(server)
    forged.cookies.set(_piece("visitors").visitors.COOKIE, "forged")
    assert forged.post("/api/token").status_code == 401
    with connect().faults.refuse(503, path="/*/users", method="POST", times=1):
        refused = Browser(server).post("/api/new")
    assert (refused.status_code, refused.json()["error"]) == (503, 503)
    return {**first, "jwt": fresh}


def _another_visitor_has_another_chat(server: str, chat: Json) -> None:
    other = Browser(server).post("/api/new").json()
    assert other["conversation"]["id"] != chat["conversation"]["id"]
    mine = Conversations(token_client(chat["jwt"]).http_client)
    said = answer_to(mine.send_text, other["conversation"]["id"], "Let me in!")
    assert said != "welcome"


def _both_speak(server: str, chat: Json) -> list[Json]:
    room = chat["conversation"]["id"]
    visitor = Conversations(token_client(chat["jwt"]).http_client)
    visitor.send_text(room, "Is it <b>new</b>?")
    password = Passwords(places.sandbox_dir()).of(FRONT_DESK, Settings.load())
    stranger = Browser(server).post("/api/jwt/agent", json={"password": "guess"})
    assert stranger.status_code in (401, 403)
    signed_in = Browser(server).post("/api/jwt/agent", json={"password": password})
    agent = Conversations(token_client(signed_in.json()["jwt"]).http_client)
    me = agent.member(room, "me")["id"]
    agent.send_text(room, "It is.", member=me)
    deleted = agent.send_text(room, "Oops", member=me)
    desk = SupportDesk.open()
    desk.conversations.delete_event(room, deleted["id"])
    seen = {"type": "message:seen", "from": me, "body": {"event_id": deleted["id"]}}
    agent.send_event(room, seen)
    return list(desk.conversations.events(room))


def _is_read(room: str, events: list[Json]) -> None:
    read, desk = _piece("transcript"), _piece("desk")
    assert [event["id"] for event in read.read_on(room, 2)] == _ids(events[2:])
    who = _piece("opening").desk.conversations.members(room)
    assert desk.owner_of([*who]) == FRONT_DESK
    assert desk.still_mine(events, FRONT_DESK)
    assert [*desk.next_chat([room], {"ada": 0})] == [room, "ada"]
    lines = list(read.transcript(events * 2))
    assert [line.partition(": ")[2] for line in lines] == [
        "Is it <b>new</b>?",
        "It is.",
        "(deleted)",
    ]
    messages = [event["id"] for event in events if event["type"] == "message"]
    assert [read.ticks(each, events) for each in messages] == ["sent", "sent", "seen"]
    names = [*_piece("opening").all_names(_piece("connection").vonage.users)]
    assert FRONT_DESK in names


def _ids(events: list[Json]) -> list[int]:
    return [event["id"] for event in events]


def _is_in_the_pane() -> None:
    pane = _piece("pane")
    rows = [{"room": since, "waiting_since": since} for since in ("", "2", "1")]
    assert [row["room"] for row in pane.in_order(rows)] == ["1", "2", ""]
    assert "<img" not in pane.line("Ada", "<img src=x onerror=alert(1)>")
    now = time.time()
    assert pane.is_typing([(now - 1, True)], now)
    assert not pane.is_typing([(now - 9, True)], now)

    async def handed_over() -> Any:
        queue: asyncio.Queue[Any] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        await asyncio.to_thread(pane.hand_over, "CON-1", "Hello!", loop, queue)
        return await asyncio.wait_for(queue.get(), 5)

    assert asyncio.run(handed_over()) == ("CON-1", "Hello!")


def _is_delivered(events: list[Json]) -> None:
    delivery, opening = _piece("delivery"), _piece("opening")
    inbox: list[Json] = []
    for event in (events[0], events[0], events[3], events[2]):
        inbox = delivery.take(inbox, event, lambda start: events[start - 1 : 4])
    assert inbox == events[:4]
    users = _piece("connection").vonage.users
    waits: list[float] = []
    with connect().faults.refuse(503, path="/*/users", method="GET", times=2):
        delivery.retry(users.list_users, waits.append)
    assert len(waits) == 2
    opened = [delivery.chat_of("kim", opening.open_chat) for _ in range(2)]
    assert opened[0]["conversation"]["id"] == opened[1]["conversation"]["id"]
    mint = _piece("tokens").mint
    old, long = mint("kim", seconds=5), mint("kim")
    assert delivery.good_token(long, mint) == long
    assert delivery.good_token(old, mint) != old


def _tokens_are_read(chat: Json) -> None:
    tokens = _piece("tokens")
    public_key = load_private_key(tokens.application.private_key_file).public_key()
    claims = tokens.read_token(chat["jwt"], public_key)
    assert claims["sub"] == chat["user"]["name"]
    assert not tokens.read_token("a.b.c", public_key)
    ends = jwt.encode({"exp": tokens.exp_in(15)}, "a secret of the test" * 2)
    left = jwt.decode(ends, options={"verify_signature": False})["exp"] - time.time()
    assert 890 < left <= 900
