"""Conversations, members and events, in the style of the SDK."""

import pytest
from vonage_http_client.errors import HttpRequestError

from livechat_helpers.client import answer_to
from livechat_helpers.conversations import Conversations, Json
from livechat_helpers.support_desk import SupportDesk


@pytest.fixture
def room(desk: SupportDesk) -> str:
    """The id of an empty conversation."""
    return desk.conversations.create()["id"]


def test_an_invited_user_joins_by_accepting(desk: SupportDesk, room: str) -> None:
    visitor = desk.create_visitor()
    invited = desk.conversations.invite(room, visitor["id"])
    assert invited["state"] == "INVITED"
    assert isinstance(desk.conversations, Conversations)
    joined = desk.conversations.accept(room, invited["id"])
    assert (joined["id"], joined["state"]) == (invited["id"], "JOINED")


def test_events_can_be_listed_from_a_number_on_or_newest_first(
    desk: SupportDesk, room: str
) -> None:
    for number in range(1, 8):
        desk.conversations.send_text(room, str(number))

    def ids(**chosen: object) -> list[int]:
        found = desk.conversations.events(room, page_size=3, **chosen)  # type: ignore[arg-type]
        return [event["id"] for event in found]

    assert ids() == [1, 2, 3, 4, 5, 6, 7]
    assert ids(start=5) == [5, 6, 7]
    assert ids(order="desc") == [7, 6, 5, 4, 3, 2, 1]
    assert desk.conversations.event(room, 4)["body"]["text"] == "4"


def test_a_deleted_message_keeps_its_place(desk: SupportDesk, room: str) -> None:
    for text in ("Hello", "Oops"):
        desk.conversations.send_text(room, text)
    desk.conversations.delete_event(room, 2)
    events: list[Json] = list(desk.conversations.events(room))
    assert [event["type"] for event in events] == ["message", "message", "event:delete"]
    assert not events[1]["body"].get("text")


def test_a_conversation_can_have_its_own_webhook(desk: SupportDesk) -> None:
    callback = {"url": "http://127.0.0.1:9/", "method": "POST"}
    made = desk.conversations.create(callback=callback)
    assert desk.conversations.get(made["id"])["id"] == made["id"]
    wrong = {"url": "http://127.0.0.1:9/", "method": "SHOUT"}
    with pytest.raises(HttpRequestError):
        desk.conversations.create(callback=wrong)


def test_any_name_finds_its_own_conversation(desk: SupportDesk, room: str) -> None:
    for name in (f"x/../{room}", "50 % off?", "a#b", "Zoë & co"):
        made = desk.conversations.create(name)
        assert desk.conversations.get(name)["id"] == made["id"]


def test_an_answer_without_a_code_is_its_status(desk: SupportDesk, room: str) -> None:
    def refuse() -> None:
        desk.conversations.get("CON-of-nobody")

    assert answer_to(refuse) == "conversation:error:not-found"
    assert answer_to(desk.conversations.get, room) == "welcome"
