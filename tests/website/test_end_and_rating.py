"""The end of a chat, and the rating that may follow it."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sandbox.running import Json

from .conftest import Site


def events(site: Site, chat: Json, kind: str) -> list[Json]:
    """Return the events of a chat of one type, as Vonage keeps them."""
    with site.application() as application:
        path = f"/v0.3/conversations/{chat['conversation']['id']}/events"
        answer = application.get(path, params={"event_type": kind})
        return answer.raise_for_status().json()["_embedded"]["events"]


def test_who_ends_the_chat_leaves_it_for_good(
    site: Site, visitor: httpx.Client, chat: Json
) -> None:
    for _ in range(2):  # it is over already
        answer = visitor.post("/api/end")
        assert (answer.status_code, answer.json()) == (200, {"ended": True})
    [left] = events(site, chat, "member:left")
    assert left["from"] == chat["member"]["id"]
    assert left["body"]["reason"]["code"] == "ended"
    with site.caller(chat["jwt"]) as caller:
        path = f"/v0.3/conversations/{chat['conversation']['id']}/events"
        assert caller.get(path).status_code == 404, "nothing is left to read"
    again = visitor.post("/api/new").json()
    assert again["conversation"]["id"] != chat["conversation"]["id"]


def test_who_has_no_chat_can_neither_end_nor_rate_one(visitor: httpx.Client) -> None:
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
def test_a_rating_that_is_none_is_refused(
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


def test_of_ratings_that_come_at_once_one_is_kept(
    site: Site, visitor: httpx.Client, chat: Json
) -> None:
    visitor.post("/api/end")

    def rate(stars: int) -> int:
        with site.visitor() as tab:
            tab.cookies = visitor.cookies
            return tab.post("/api/rating", json={"stars": stars}).status_code

    with ThreadPoolExecutor(5) as pool:
        statuses = list(pool.map(rate, range(1, 6)))
    assert sorted(statuses) == [200, 409, 409, 409, 409]
    kept = [
        one for one in events(site, chat, "custom:rating") if "stars" in one["body"]
    ]
    assert [statuses[one["body"]["stars"] - 1] for one in kept] == [200]


def test_what_a_visitors_page_writes_itself_is_no_rating(
    site: Site, visitor: httpx.Client, chat: Json
) -> None:
    with site.caller(chat["jwt"]) as caller:
        path = f"/v0.3/conversations/{chat['conversation']['id']}/events"
        forged = {"type": "custom:rating", "body": {"stars": 5, "comment": ""}}
        assert caller.post(path, json=forged).status_code == 201
    visitor.post("/api/end")
    assert visitor.post("/api/rating", json={"stars": 2}).status_code == 200
