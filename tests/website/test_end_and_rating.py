"""The end of a chat, and its rating."""

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import jwt
import pytest
from sandbox.running import Json
from starlette.exceptions import HTTPException

from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.website import visitor_calls

from .conftest import Site


def events(site: Site, chat: Json, kind: str) -> list[Json]:
    """Return a chat's events of one type from Vonage."""
    with site.application() as application:
        path = f"/v0.3/conversations/{chat['conversation']['id']}/events"
        answer = application.get(path, params={"event_type": kind})
        return answer.raise_for_status().json()["_embedded"]["events"]


def test_a_visitor_who_ends_the_chat_can_read_it_but_not_write(
    site: Site, visitor: httpx.Client, chat: Json
) -> None:
    for _ in range(2):  # it has already ended
        answer = visitor.post("/api/end")
        assert (answer.status_code, answer.json()) == (200, {"ended": True})
    [ended] = events(site, chat, "custom:chat_ended")
    assert ended["body"] == {"by": "visitor", "reason": ""}
    with site.caller(visitor.post("/api/token").json()["jwt"]) as caller:
        path = f"/v0.3/conversations/{chat['conversation']['id']}/events"
        assert caller.get(path).status_code == 200
        message = {"type": "message", "body": {"message_type": "text", "text": "Hi"}}
        assert caller.post(path, json=message).status_code == 403
        assert caller.post("/v0.3/sessions", json={}).status_code != 403, "it hears"


def test_an_ended_chat_stays_until_the_visitor_leaves_it(
    visitor: httpx.Client, chat: Json
) -> None:
    visitor.post("/api/end")
    for _ in range(2):
        answer = visitor.post("/api/chat", json={})
        assert answer.json()["chat"]["conversation"] == chat["conversation"]
    name = chat["user"]["name"]
    for body in ({"left": name}, {}):
        assert visitor.post("/api/chat", json=body).json()["chat"] is None
    # Another tab still shows it.
    shown = {"chat": name}
    again = visitor.post("/api/chat", json=shown).json()
    assert again["chat"]["conversation"] == chat["conversation"]
    assert visitor.post("/api/token", json=shown).status_code == 200
    assert visitor.post("/api/rating", json={**shown, "stars": 3}).status_code == 200
    again = visitor.post("/api/new").json()
    assert again["conversation"]["id"] != chat["conversation"]["id"]


def test_an_open_chat_cannot_be_left_by_mistake(
    visitor: httpx.Client, chat: Json
) -> None:
    left = {"left": chat["user"]["name"]}
    assert visitor.post("/api/chat", json=left).json()["chat"] is not None
    assert visitor.post("/api/chat", json={}).json()["chat"] is not None


def test_an_ended_chat_is_remembered_for_more_than_a_month(
    visitor: httpx.Client,
) -> None:
    cookie = visitor.post("/api/chat", json={}).headers["set-cookie"]
    [age] = re.findall(r"Max-Age=(\d+)", cookie)
    assert int(age) > 31 * 24 * 3600


def test_looking_for_a_chat_doesnt_open_one(visitor: httpx.Client) -> None:
    first, second = (visitor.post("/api/chat", json={}).json() for _ in range(2))
    assert first == {"known": False, "chat": None, "gone": False, "engine": "vonage"}
    assert second == {"known": True, "chat": None, "gone": False, "engine": "vonage"}
    assert visitor.post("/api/token").status_code == 401


def test_a_deleted_chat_is_reported_as_gone(
    site: Site, visitor: httpx.Client, chat: Json
) -> None:
    with site.application() as application:
        application.delete(f"/v0.3/conversations/{chat['conversation']['id']}")
    found = visitor.post("/api/chat", json={}).json()
    assert (found["chat"], found["gone"]) == (None, True)
    answer = visitor.post("/api/rating", json={"stars": 5})
    assert answer.status_code == 410
    assert "no longer exists" in answer.json()["detail"]
    assert visitor.post("/api/end").json() == {"ended": True}


def test_a_page_without_cookies_keeps_using_its_token(site: Site, chat: Json) -> None:
    shown = {"Authorization": f"Bearer {chat['jwt']}"}
    which = {"chat": chat["user"]["name"]}
    with site.visitor() as page:
        found = page.post("/api/chat", json=which, headers=shown).json()
        assert found["chat"]["conversation"] == chat["conversation"]
        assert not found["known"]
        answer = page.post("/api/token", json=which, headers=shown)
        assert answer.status_code == 200
        with site.caller(answer.json()["jwt"]) as caller:
            path = f"/v0.3/conversations/{chat['conversation']['id']}/events"
            assert caller.get(path).status_code == 200
        assert page.post("/api/end", json=which, headers=shown).status_code == 200
        rating = {**which, "stars": 5}
        assert page.post("/api/rating", json=rating, headers=shown).status_code == 200


def test_a_token_or_a_cookie_opens_only_ones_own_chat(
    site: Site, visitor: httpx.Client, chat: Json
) -> None:
    with site.visitor() as other:
        theirs = other.post("/api/new").json()
    minter = site.minter()
    name = chat["user"]["name"]
    old = minter.mint(name, claims={"exp": 1_700_000_000})
    forged = jwt.encode({"sub": name}, "secret" * 8, algorithm="HS256")
    unsigned = jwt.encode({"sub": name}, "", algorithm="none")
    for token in (theirs["jwt"], old, forged, unsigned, minter.mint(), "junk"):
        with site.visitor() as thief:
            headers = {"Authorization": f"Bearer {token}"}
            for path in ("/api/token", "/api/end", "/api/chat"):
                answer = thief.post(path, json={"chat": name}, headers=headers)
                assert answer.status_code == 401, token
    for wanted in (
        theirs["user"]["name"],
        f"{name}-2",
        f"{name}-x",
        name[:-1],
        "agent",
    ):
        assert visitor.post("/api/token", json={"chat": wanted}).status_code == 401


def test_a_visitor_without_a_chat_can_neither_end_nor_rate_one(
    visitor: httpx.Client,
) -> None:
    assert visitor.post("/api/end").status_code == 401
    assert visitor.post("/api/rating", json={"stars": 5}).status_code == 401


def test_a_rating_is_stored_once(site: Site, visitor: httpx.Client, chat: Json) -> None:
    visitor.post("/api/end")
    given = {"stars": 4, "comment": "Quick, thank you 🙂"}
    answer = visitor.post("/api/rating", json=given)
    assert (answer.status_code, answer.json()) == (200, {"rated": True})
    assert visitor.post("/api/rating", json={"stars": 1}).status_code == 409
    [stored] = events(site, chat, "custom:rating")
    assert stored["body"] == given


def test_a_chat_is_rated_when_it_has_ended(
    site: Site, visitor: httpx.Client, chat: Json
) -> None:
    answer = visitor.post("/api/rating", json={"stars": 5})
    assert answer.status_code == 400
    assert "ended" in answer.json()["detail"]
    assert events(site, chat, "custom:rating") == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"stars": 0},
        {"stars": 6},
        {"stars": 4.5},
        {"stars": "5"},
        {"stars": True},
        {"stars": None},
        {"stars": 5, "comment": None},
        {"stars": 5, "comment": 1},
        {"stars": 5, "comment": "a" * 1001},
        {"stars": 5, "comment": "\ud800"},
        {"stars": 5, "more": 1},
        [5],
    ],
    ids=repr,
)
def test_an_invalid_rating_is_refused(
    site: Site, visitor: httpx.Client, chat: Json, body: Json
) -> None:
    visitor.post("/api/end")
    raw, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
    answer = visitor.post("/api/rating", content=raw, headers=headers)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] == 400
    assert answer.json()["detail"]
    longest = {"stars": 5, "comment": "🙂" * 1000}
    assert visitor.post("/api/rating", json=longest).status_code == 200


def test_only_one_of_several_ratings_at_the_same_time_is_kept(
    site: Site, visitor: httpx.Client, chat: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.post("/api/end")
    monkeypatch.setenv("LIVECHAT_HOME", site.home["LIVECHAT_HOME"])
    everybody_has_looked, looked = threading.Barrier(5), set[int]()
    look = visitor_calls._ratings

    def look_together(desk: SupportDesk, conversation: str) -> list[int]:
        found = look(desk, conversation)
        if (me := threading.get_ident()) not in looked:
            looked.add(me)
            everybody_has_looked.wait(60)
        return found

    def rate(stars: int) -> int:
        rating = visitor_calls.Rating(chat=None, stars=stars, comment="")
        try:
            visitor_calls._rate(SupportDesk.open(site.sandbox_dir), chat, rating)
        except HTTPException as error:
            return error.status_code
        return 200

    monkeypatch.setattr(visitor_calls, "_ratings", look_together)
    with ThreadPoolExecutor(5) as pool:
        statuses = list(pool.map(rate, range(1, 6)))
    assert sorted(statuses) == [200, 409, 409, 409, 409]
    kept = [
        one for one in events(site, chat, "custom:rating") if "stars" in one["body"]
    ]
    assert [statuses[one["body"]["stars"] - 1] for one in kept] == [200]


def test_a_rating_that_a_visitors_page_writes_itself_doesnt_count(
    site: Site, visitor: httpx.Client, chat: Json
) -> None:
    with site.caller(chat["jwt"]) as caller:
        path = f"/v0.3/conversations/{chat['conversation']['id']}/events"
        forged = {"type": "custom:rating", "body": {"stars": 5, "comment": ""}}
        assert caller.post(path, json=forged).status_code == 201
    visitor.post("/api/end")
    assert visitor.post("/api/rating", json={"stars": 2}).status_code == 200
