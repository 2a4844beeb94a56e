"""Nothing that a visitor has can read or write another visitor's data."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import product
from typing import Any

import httpx
import pytest
from sandbox.running import Json
from sandbox.sockets import OldSocket, Session, Socket

from .conftest import Site

DESCRIPTION = json.loads(
    (files("livechat_helpers.sandbox.api") / "openapi.json").read_bytes()
)
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OTHER_NAMES = {"/beta/": "/v0.1/", "/beta2/": "/v0.2/"}
PATHS = [
    *DESCRIPTION["paths"],
    *(
        path.replace(name, other)
        for name, other in OTHER_NAMES.items()
        for path in DESCRIPTION["paths"]
        if path.startswith(name)
    ),
]
SECRET = "What nobody else may read"


@dataclass
class Two:
    """Two visitors, each with a chat and a session; one of them attacks the other."""

    site: Site
    attacker: Json
    victim: Json
    session: Session
    own: Session


@pytest.fixture(scope="module")
def chats(site: Site) -> tuple[Json, Json]:
    """The chats of two visitors, the attacker first."""
    with site.visitor() as a, site.visitor() as b:
        attacker, victim = (each.post("/api/new").json() for each in (a, b))
    say(site, victim["jwt"], victim, SECRET)
    return attacker, victim


@pytest.fixture
def two(site: Site, chats: tuple[Json, Json]) -> Iterator[Two]:
    # Each test has new sessions, because nobody answers pings between two tests.
    attacker, victim = chats
    url = site.vonage["http"]
    with Session(url, attacker["jwt"]) as own, Session(url, victim["jwt"]) as session:
        yield Two(site, attacker, victim, session, own)
        for each in (own, session):
            each.leave()
            each.ended()  # so that the next test doesn't see this session end


def say(site: Site, jwt: str, chat: Json, text: str) -> httpx.Response:
    """Write a message into a chat with a token."""
    body = {"message_type": "text", "text": text}
    with site.caller(jwt) as caller:
        path = f"/v0.3/conversations/{chat['conversation']['id']}/events"
        return caller.post(path, json={"type": "message", "body": body})


def state(two: Two) -> list[Any]:
    """Return everything that Vonage has about the victim."""
    conversation = f"/v0.3/conversations/{two.victim['conversation']['id']}"
    user = f"/v0.3/users/{two.victim['user']['id']}"
    paths = (conversation, f"{conversation}/members", f"{conversation}/events")
    with two.site.application() as application:
        found = [application.get(path, params={"page_size": 100}) for path in paths]
        found += [application.get(path) for path in (user, f"{user}/sessions")]
    return [answer.raise_for_status().json() for answer in found]


BODIES = {
    "users": {"name": "mine", "display_name": "Mine"},
    "conversations": {"display_name": "Mine"},
    "members": {
        "state": "joined",
        "action": "join",
        "user": {"name": "ATTACKER"},
        "user_name": "ATTACKER",
        "channel": {"type": "app"},
    },
    "events": {"type": "message", "body": {"message_type": "text", "text": "Ha"}},
}


@pytest.mark.parametrize("path", PATHS)
def test_no_call_reaches_what_belongs_to_another_visitor(two: Two, path: str) -> None:
    before = state(two)
    ids = {
        "user_id": two.victim["user"]["id"],
        "conversation_id": two.victim["conversation"]["id"],
        "session_id": two.session.id,
        "application_id": two.site.minter().application_id,
        "event_id": "3",
    }
    kind = next((name for name in reversed(BODIES) if f"/{name}" in path), "")
    body = json.dumps(BODIES.get(kind, {}))
    body = body.replace("ATTACKER", two.attacker["user"]["name"])
    with two.site.caller(two.attacker["jwt"]) as caller:
        for member in (two.victim["member"]["id"], two.victim["agent"]["id"], "me"):
            url = path.format(**ids, member_id=member)
            for verb in VERBS:
                headers = {"Content-Type": "application/json"}
                content = None if verb == "GET" else body
                answer = caller.request(verb, url, content=content, headers=headers)
                if url.endswith("/sessions") and kind == "" and verb == "POST":
                    session = answer.json()  # the 2019 versions have no `_embedded`
                    user = session.get("_embedded", {}).get("user", session)
                    assert user["name"] == two.attacker["user"]["name"]
                    continue  # the attacker's other session
                assert answer.status_code in (401, 403, 404, 405), (verb, url)
                assert SECRET not in answer.text
    assert state(two) == before


def test_it_cannot_be_reached_by_name_either(two: Two) -> None:
    before = state(two)
    with two.site.caller(two.attacker["jwt"]) as caller:
        for path in (
            f"/v0.3/conversations/{two.victim['conversation']['name']}/events",
            f"/v0.3/users/{two.victim['user']['name']}",
            f"/v0.3/conversations/{two.attacker['conversation']['id']}/../"
            f"{two.victim['conversation']['id']}/events",
            f"/v0.3/conversations/{two.attacker['conversation']['id']}%2f..%2f"
            f"{two.victim['conversation']['id']}/events",
        ):
            for verb in VERBS:
                answer = caller.request(verb, path)
                assert answer.status_code in (403, 404, 405), (verb, path)
                assert SECRET not in answer.text
    assert state(two) == before


def test_a_visitor_can_neither_delete_nor_administer_their_own_chat(two: Two) -> None:
    mine = f"/v0.3/conversations/{two.attacker['conversation']['id']}"
    agent = two.attacker["agent"]["id"]
    as_agent = {**BODIES["events"], "from": agent}
    with two.site.caller(two.attacker["jwt"]) as caller:
        for verb, path, body in (
            ("DELETE", mine, None),
            ("PUT", mine, {"display_name": "Mine"}),
            ("PATCH", mine, {"display_name": "Mine"}),
            ("GET", f"{mine}/members", None),
            ("GET", f"{mine}/members/{agent}", None),
            ("POST", f"{mine}/members", {"state": "invited", "user": {"name": "ada"}}),
            ("PATCH", f"{mine}/members/{agent}", {"state": "left"}),
            ("DELETE", f"/v0.2{mine[5:]}/members/{agent}", None),
            ("DELETE", f"{mine}/events/1", None),
            ("POST", f"{mine}/events", as_agent),
            ("GET", "/v0.3/users/me", None),
            ("GET", "/v0.3/users/me/conversations", None),
            ("PATCH", "/v0.3/users/me", {"display_name": "Support Agent"}),
        ):
            assert caller.request(verb, path, json=body).status_code == 403, path
        assert caller.get(f"{mine}/members/me").status_code == 200


def test_a_websocket_only_gets_events_of_its_own_chat(two: Two) -> None:
    assert say(two.site, two.victim["jwt"], two.victim, "For the agent").is_success
    assert say(two.site, two.attacker["jwt"], two.attacker, "Marker").is_success
    heard = two.session.until("message")
    while heard["body"]["text"] != "For the agent":
        heard = two.session.until("message")
    while True:
        _, event = two.own.event()
        assert event["cid"] == two.attacker["conversation"]["id"]
        if event["body"].get("text") == "Marker":
            break


def test_another_visitors_session_cannot_be_hijacked(two: Two) -> None:
    url, jwt = two.site.vonage["http"], two.attacker["jwt"]
    with Socket(url, token=jwt, session_id=two.session.id) as stolen:
        stolen.join()
        assert not [frame for frame in stolen.ended() if "session:success" in frame]
    with OldSocket(url, session_id=two.session.id) as stolen:
        assert stolen.log_in(jwt)["name"] == two.attacker["user"]["name"]
    with two.site.caller(jwt) as caller:
        path = f"/v0.2/sessions/{two.session.id}"
        assert caller.put(path, json={}).status_code == 404
    assert say(two.site, two.victim["jwt"], two.victim, "Still here").is_success
    while two.session.until("message")["body"]["text"] != "Still here":
        pass


def test_the_website_issues_no_token_for_somebody_else(two: Two) -> None:
    with two.site.visitor() as browser:
        browser.post("/api/new").raise_for_status()
        theirs = two.victim
        asked: list[dict[str, Any]] = [
            {"params": {"user": theirs["user"]["name"]}},
            {"json": {part: theirs[part] for part in ("user", "conversation")}},
            {"headers": {"X-User": theirs["user"]["name"]}},
        ]
        for path, more in product(("/api/token", "/api/new"), asked):
            answer = browser.post(path, **more)
            assert theirs["conversation"]["id"] not in answer.text
            assert theirs["user"]["name"] not in answer.text
