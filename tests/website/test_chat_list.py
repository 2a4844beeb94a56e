"""The agents' list of chats: which chats are in it, and what it says about each."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sandbox.running import Json
from waiting import eventually

from livechat_helpers.support_desk import FRONT_DESK, SupportDesk
from livechat_helpers.website import chat_list
from livechat_helpers.website.chat_list import ChatList
from livechat_helpers.website.desks import Desks
from livechat_helpers.website.event_log import EventLog

from .conftest import Site
from .test_agent_api import signed_in
from .test_event_stream import say


@pytest.fixture
def desk(site: Site, monkeypatch: pytest.MonkeyPatch) -> SupportDesk:
    """The front desk, without a page."""
    monkeypatch.setenv("LIVECHAT_HOME", site.home["LIVECHAT_HOME"])
    return SupportDesk.open(site.sandbox_dir)


@pytest.fixture
def agent(site: Site) -> Iterator[httpx.Client]:
    """The front desk's browser."""
    with signed_in(site) as browser:
        yield browser


@pytest.fixture
def without_webhooks(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ChatList:
    """The list of a website that gets no webhooks."""
    monkeypatch.setenv("LIVECHAT_HOME", site.home["LIVECHAT_HOME"])
    desks = Desks(site.sandbox_dir, site.url)
    return ChatList(desks, EventLog(tmp_path / "no-events.sqlite3"))


def row(browser: httpx.Client, chat: Json) -> Json | None:
    """Return what the list says about a chat; None if it isn't there."""
    rows = browser.get("/api/agent/chats").raise_for_status().json()["chats"]
    found = [each for each in rows if each["id"] == chat["conversation"]["id"]]
    assert len(found) < 2
    return found[0] if found else None


def test_a_chat_without_messages_isnt_in_the_list(
    site: Site, agent: httpx.Client, chat: Json
) -> None:
    assert row(agent, chat) is None
    say(site, chat, "Now I do")
    found = row(agent, chat)
    assert found is not None
    assert found["title"] == chat["user"]["display_name"]
    assert (found["last"], found["kind"]) == ("Now I do", "")
    assert found["owner"] == chat["agent"].get("user", {}).get("id", found["owner"])


def test_a_visitor_waits_since_the_first_unanswered_message(
    site: Site, agent: httpx.Client, chat: Json, desk: SupportDesk
) -> None:
    for text in ("Hello", "Anybody?"):
        say(site, chat, text)
    events = list(desk.conversations.events(chat["conversation"]["id"]))
    first, second = (one for one in events if one["type"] == "message")
    found = row(agent, chat)
    assert found is not None
    assert found["waiting_since"] == first["timestamp"]
    assert found["at"] == second["timestamp"]
    assert found["unread"] == [first["id"], second["id"]]
    assert found["known"] == second["id"]
    seen = {
        "type": "message:seen",
        "from": chat["agent"]["id"],
        "body": {"event_id": first["id"]},
    }
    desk.conversations.send_event(chat["conversation"]["id"], seen)
    found = row(agent, chat)
    assert found is not None
    assert found["unread"] == [second["id"]]
    assert found["waiting_since"], "a visitor whose message was read still waits"
    desk.conversations.send_text(
        chat["conversation"]["id"], "Yes", member=chat["agent"]["id"]
    )
    found = row(agent, chat)
    assert found is not None
    assert (found["waiting_since"], found["unread"]) == ("", [])
    assert found["last"] == "Yes"


def test_the_list_says_how_and_why_a_chat_ended(
    site: Site, agent: httpx.Client, chat: Json
) -> None:
    say(site, chat, "Thank you")
    order = {"conversation": chat["conversation"]["id"], "reason": "Solved"}
    agent.post("/api/agent/close", json=order).raise_for_status()
    found = row(agent, chat)
    assert found is not None
    assert (found["end"]["by"], found["end"]["reason"]) == ("agent", "Solved")
    assert found["waiting_since"] == ""


def test_of_many_ended_chats_the_list_has_the_latest(
    without_webhooks: ChatList, desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_list, "MOST_ENDED", 2)
    ended = []
    for _ in range(3):
        chat = desk.open_chat()
        id, member = chat["conversation"]["id"], chat["member"]["id"]
        desk.conversations.send_text(id, "Thank you", member=member)
        desk.close_chat(id)
        ended.append(id)
    rows = [row for row in without_webhooks.of(FRONT_DESK) if row["end"]]
    assert [row["id"] for row in rows] == [ended[2], ended[1]]


def test_a_visitor_cannot_forge_the_end(
    site: Site, agent: httpx.Client, chat: Json
) -> None:
    say(site, chat, "Hm")
    with site.caller(chat["jwt"]) as caller:
        path = f"/v1/conversations/{chat['conversation']['id']}/events"
        body = {"by": "agent", "reason": "Refunded"}
        event = {"type": "custom:chat_ended", "body": body}
        caller.post(path, json=event).raise_for_status()
    found = row(agent, chat)
    assert found is not None
    assert found["end"] is None


def test_a_deleted_message_isnt_quoted_and_doesnt_count_as_waiting(
    site: Site, agent: httpx.Client, chat: Json, desk: SupportDesk
) -> None:
    conversation = chat["conversation"]["id"]
    for text in ("My card is 4111", "Hello"):
        say(site, chat, text)
    first, second = (
        one["id"]
        for one in desk.conversations.events(conversation)
        if one["type"] == "message"
    )
    desk.conversations.delete_event(conversation, second)
    found = row(agent, chat)
    assert found is not None
    assert (found["last"], found["unread"]) == ("My card is 4111", [first])
    desk.conversations.delete_event(conversation, first)
    assert row(agent, chat) is None


def test_an_agent_sees_their_own_chats_and_the_queue(site: Site, chat: Json) -> None:
    say(site, chat, "Who takes this?")
    with (
        signed_in(site) as agent,
        signed_in(site, "ada") as ada,
        signed_in(site, "ben") as ben,
    ):
        queued = row(ada, chat)
        assert queued is not None
        me = ada.post("/api/jwt/agent", json={}).json()["user"]["id"]
        assert queued["owner"] != me
        order = {"conversation": chat["conversation"]["id"], "to": "ada"}
        ada.post("/api/agent/hand-over", json=order).raise_for_status()
        hers = row(ada, chat)
        assert hers is not None
        assert hers["owner"] == me
        for other in (ben, agent):
            assert row(other, chat) is None


@pytest.mark.parametrize("kind", ["image", "file"])
def test_a_message_without_text_is_listed_by_its_type(
    site: Site, agent: httpx.Client, chat: Json, kind: str
) -> None:
    with site.caller(chat["jwt"]) as caller:
        path = f"/v1/conversations/{chat['conversation']['id']}/events"
        body = {"message_type": kind, kind: {"url": "https://example.org/x"}}
        caller.post(path, json={"type": "message", "body": body}).raise_for_status()
    found = row(agent, chat)
    assert found is not None
    assert (found["last"], found["kind"]) == ("", kind)


def by_id(found: Json) -> str:
    """Return the values that rows are compared by."""
    return found["id"]


def test_the_list_is_the_same_without_webhooks(
    site: Site,
    agent: httpx.Client,
    chat: Json,
    desk: SupportDesk,
    without_webhooks: ChatList,
) -> None:
    def is_same() -> bool:
        told = agent.get("/api/agent/chats").json()["chats"]
        read = without_webhooks.of("agent")
        return bool(told) and sorted(told, key=by_id) == sorted(read, key=by_id)

    conversation = chat["conversation"]["id"]
    steps: list[Callable[[], object]] = [
        lambda: say(site, chat, "Hello"),
        lambda: desk.conversations.send_text(
            conversation, "Yes?", member=chat["agent"]["id"]
        ),
        lambda: say(site, chat, "It is broken"),
        lambda: desk.close_chat(conversation, "Mended"),
    ]
    for step in steps:
        step()
        assert eventually(is_same)


def test_a_chat_that_is_deleted_is_gone(
    site: Site, agent: httpx.Client, chat: Json, desk: SupportDesk
) -> None:
    say(site, chat, "Forget me")
    assert row(agent, chat)
    desk.conversations.delete(chat["conversation"]["id"])
    assert row(agent, chat) is None


def test_the_list_is_compressed_and_no_browser_stores_it(
    site: Site, agent: httpx.Client, chat: Json
) -> None:
    say(site, chat, "Hello")
    packed = agent.get("/api/agent/chats")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["cache-control"] == "no-store"
    plain = agent.get("/api/agent/chats", headers={"Accept-Encoding": "br"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == packed.json()
