"""The desk on Matrix: the usual tests, and what's true only on Matrix."""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

import httpx
import pytest
from agent_pane import test_pane, test_two_agents
from engines import MATRIX_LACKS, on_matrix
from helpers import test_support_desk
from sandbox.running import Json
from vonage_http_client.errors import NotFoundError
from waiting import eventually

from livechat_helpers.matrix.calls import Calls
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.website import chat_opening
from livechat_helpers.website.visitors import Visitor

from .stand import MatrixClient, MatrixStand

globals().update(on_matrix(test_support_desk))


def test_what_matrix_lacks_is_a_test_of_the_sandbox() -> None:
    modules = (test_pane, test_two_agents, test_support_desk)
    theirs = {name for module in modules for name in vars(module)}
    assert theirs >= set(MATRIX_LACKS)


class Killed(BaseException):
    """The process was killed, so it can't undo anything."""


@contextmanager
def counted(
    monkeypatch: pytest.MonkeyPatch, most: int | None = None
) -> Iterator[list[str]]:
    """Yield the calls that are made meanwhile.

    most: the number of calls after which the process is killed.
    """
    made: list[str] = []
    call = Calls.__call__

    def note(
        self: Calls, method: str, path: str, *rest: object, **more: object
    ) -> Json:
        made.append(f"{method} {path.split('/')[1]}")
        answer = call(self, method, path, *rest, **more)  # pyright: ignore[reportArgumentType]
        if len(made) == most:
            raise Killed
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(Calls, "__call__", note)
        yield made


def kinds(desk: SupportDesk, conversation: str) -> list[str]:
    """Return the types of a chat's events, without those that only Matrix has."""
    events = desk.conversations.events(conversation)
    left_out = ("matrix:", "member:invited")
    return [e["type"] for e in events if not e["type"].startswith(left_out)]


def test_a_chat_opens_in_four_calls(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.agent()
    desk.open_chat()
    with counted(monkeypatch) as calls:
        chat = desk.open_chat(page="/prices")
    assert len(calls) == 4, calls
    joined = [
        event["body"]["user"]
        for event in desk.conversations.events(
            chat["conversation"]["id"], event_type="member:joined"
        )
    ]
    assert [user["name"] for user in joined] == [chat["user"]["name"], "agent"]
    assert joined[0]["properties"] == {"custom_data": {"page": "/prices"}}


@pytest.mark.parametrize("calls", [1, 2, 3, 4])
def test_a_chat_whose_opening_was_killed_after_any_call_still_opens(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    monkeypatch.setattr(chat_opening, "PATIENCE", 0.2)
    visitor = Visitor(f"left-over-{token_hex(4)}")
    desk.open_chat()
    with counted(monkeypatch, calls), pytest.raises(Killed):
        desk.open_chat(visitor.chat_name)
    visitor, chat = chat_opening.open_next(desk, visitor)
    assert visitor.number == 1, "the leftovers don't count as an ended chat"
    assert chat_opening.is_open(desk, chat)
    members = desk.conversations.members(chat["conversation"]["id"])
    assert [(m["state"], m["_embedded"]["user"]["name"]) for m in members] == [
        ("JOINED", visitor.chat_name),
        ("JOINED", "agent"),
    ]


def test_events_are_numbered_without_gaps_for_everybody(
    desk: SupportDesk, chat: Json, page: MatrixClient
) -> None:
    room = chat["conversation"]["id"]
    page.say(room, "Hello", "a")
    desk.conversations.send_text(room, "Hi", member=chat["agent"]["id"])
    events = list(desk.conversations.events(room))
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    seen = [event["unsigned"]["livechat.number"] for event in page.timeline(room)]
    assert sorted(seen) == [event["id"] for event in events]
    assert list(desk.conversations.events(room, start=len(events))) == events[-1:]
    texts = desk.conversations.events(room, event_type="message", order="desc")
    assert [event["body"]["text"] for event in texts] == ["Hi", "Hello"]


def test_a_message_with_the_same_key_is_stored_once_even_after_a_new_token(
    visitor: httpx.Client, stand: MatrixStand, chat: Json, page: MatrixClient
) -> None:
    room = chat["conversation"]["id"]
    first = page.say(room, "Hello", "key-1").json()
    renewed = stand.client(visitor.post("/api/token", json={}).json()["jwt"])
    assert renewed.say(room, "Hello", "key-1").json() == first
    assert page.texts(room) == ["Hello"]


def test_an_ended_chat_is_read_only_until_it_is_reopened(
    desk: SupportDesk, chat: Json, page: MatrixClient
) -> None:
    room = chat["conversation"]["id"]
    assert page.say(room, "Hello", "1").status_code == 200
    desk.close_chat(room, "Solved")
    desk.close_chat(room, "Again")
    ended = desk.ended(room)
    assert ended is not None
    assert ended["body"] == {"by": "agent", "reason": "Solved"}
    assert page.say(room, "One more thing", "2").status_code == 403
    assert page.texts(room) == ["Hello"]
    desk.reopen(room)
    assert desk.ended(room) is None
    assert page.say(room, "One more thing", "2").status_code == 200
    assert kinds(desk, room)[-4:] == [
        "message",
        "custom:chat_ended",
        "custom:chat_reopened",
        "message",
    ]


def test_a_deleted_message_only_keeps_its_number(desk: SupportDesk, chat: Json) -> None:
    room, visitor = chat["conversation"]["id"], chat["user"]["id"]
    secret = desk.conversations.send_text(room, "4111 1111", member=visitor)
    desk.conversations.delete_event(room, secret["id"])
    kept = desk.conversations.event(room, secret["id"])
    assert list(kept["body"]) == ["timestamp"]
    [*_, deletion] = desk.conversations.events(room)
    assert deletion["type"] == "event:delete"
    assert deletion["body"] == {"event_id": secret["id"]}


def test_a_deleted_chat_is_gone_and_its_name_is_free(
    desk: SupportDesk, visitor: httpx.Client, chat: Json, page: MatrixClient
) -> None:
    room, name = chat["conversation"]["id"], chat["conversation"]["name"]
    desk.conversations.delete(room)
    for conversation in (room, name):
        with pytest.raises(NotFoundError):
            desk.conversations.get(conversation)
    assert page.say(room, "Hello?", "x").status_code == 403
    assert visitor.post("/api/chat", json={}).json()["gone"]
    assert desk.conversations.create(name)["name"] == name


def test_an_agent_who_has_logged_out_everywhere_can_still_answer(
    desk: SupportDesk, chat: Json
) -> None:
    room = chat["conversation"]["id"]
    ada = desk.hand_over(room, "ada")
    desk.delete_user(ada["_embedded"]["user"])
    sent = desk.conversations.send_text(room, "Hi", member=ada["id"], key="once")
    again = desk.conversations.send_text(room, "Hi", member=ada["id"], key="once")
    assert sent["id"] == again["id"]


def test_an_agents_list_follows_what_happens(
    desk: SupportDesk, chat: Json, page: MatrixClient
) -> None:
    def newest() -> int | None:
        found = {one["id"]: one for one in desk.conversations.of_user("agent")}
        return found[room]["sequence_number"] if room in found else None

    room = chat["conversation"]["id"]
    before = newest()
    assert before is not None
    page.say(room, "Hello", "1")
    eventually(lambda: newest() == before + 1)
    desk.hand_over(room, "ada")
    eventually(lambda: newest() is None)
