"""The website on Matrix: the events that Synapse reports, the list, ratings."""

import json

import httpx
import pytest
from sandbox.running import Json
from waiting import eventually

from livechat_helpers.support_desk import SupportDesk

from .stand import MatrixClient, MatrixStand


@pytest.fixture
def agent(stand: MatrixStand) -> httpx.Client:
    """The front desk's browser, signed in."""
    agent = stand.visitor()
    answer = agent.post("/api/jwt/agent", json={"password": "open"})
    assert answer.status_code == 200, answer.text
    return agent


def row(agent: httpx.Client, chat: Json) -> Json:
    """Return a chat's row in the agent's list, or {} if it isn't there."""
    rows = agent.get("/api/agent/chats").json()["chats"]
    found = [one for one in rows if one["id"] == chat["conversation"]["id"]]
    return found[0] if found else {}


def test_an_agents_list_follows_messages_receipts_and_endings(
    desk: SupportDesk, agent: httpx.Client, chat: Json, page: MatrixClient
) -> None:
    room = chat["conversation"]["id"]
    assert row(agent, chat) == {}
    page.say(room, "Hello", "1")
    eventually(lambda: row(agent, chat).get("last") == "Hello")
    unread = row(agent, chat)["unread"]
    assert len(unread) == 1
    receipt = {"type": "message:seen", "body": {"event_id": unread[0]}}
    desk.conversations.send_event(room, {**receipt, "from": chat["agent"]["id"]})
    eventually(lambda: row(agent, chat)["unread"] == [])
    closing = {"conversation": room, "reason": "Solved"}
    assert agent.post("/api/agent/close", json=closing).json() == {"ended": True}
    end = row(agent, chat)["end"]
    assert (end["by"], end["reason"]) == ("agent", "Solved")


def test_a_chat_is_rated_once_when_it_has_ended(
    visitor: httpx.Client, desk: SupportDesk, chat: Json
) -> None:
    rating = {"stars": 4, "comment": "Quick"}
    assert visitor.post("/api/rating", json=rating).status_code == 400
    assert visitor.post("/api/end", json={}).json() == {"ended": True}
    assert visitor.post("/api/rating", json=rating).json() == {"rated": True}
    assert visitor.post("/api/rating", json=rating).status_code == 409
    room = chat["conversation"]["id"]
    [stored] = desk.conversations.events(room, event_type="custom:rating")
    assert stored["body"] == rating


def test_visitors_who_come_at_the_same_time_get_one_chat_each(
    stand: MatrixStand,
) -> None:
    with stand.visitor() as visitor:
        visitor.get("/")  # sets the cookie
        names = [
            visitor.post("/api/new", json={}).json()["user"]["name"] for _ in range(2)
        ]
    assert len(set(names)) == 1


def test_only_synapse_reports_events(stand: MatrixStand) -> None:
    where, news = "/_matrix/app/v1/transactions/1", {"events": []}
    for token in ("", "Bearer wrong", f"Bearer {stand.application_token()}"):
        headers = {"Authorization": token}
        with stand.visitor() as anybody:
            assert anybody.put(where, json=news, headers=headers).status_code == 403


def test_events_reported_twice_are_passed_on_once_and_in_order(
    stand: MatrixStand, agent: httpx.Client, chat: Json, page: MatrixClient
) -> None:
    room = chat["conversation"]["id"]
    for text in ("one", "two", "three"):
        page.say(room, text, text)
    eventually(lambda: row(agent, chat).get("last") == "three")
    known = json.loads((stand.folder / "matrix.json").read_bytes())
    headers = {"Authorization": f"Bearer {known['hs_token']}"}
    events = [{**event, "room_id": room} for event in page.timeline(room)]
    with stand.visitor() as synapse:
        again = synapse.put(
            "/_matrix/app/v1/transactions/again",
            json={"events": events},
            headers=headers,
        )
    assert again.json() == {}
    told: list[int] = []
    with agent.stream("GET", "/api/agent/events", timeout=60) as stream:
        for line in stream.iter_lines():
            event = json.loads(line[6:]) if line.startswith("data: ") else {}
            if event.get("conversation_id") == room and "id" in event:
                told.append(event["id"])
            if len(told) == len(events):
                break
    assert told == sorted(set(told))
