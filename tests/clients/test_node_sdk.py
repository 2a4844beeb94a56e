"""@vonage/users and @vonage/conversations on /v1, as they come from npm."""

from pathlib import Path
from typing import Any

import pytest
from sandbox.conftest import MakeApplication

from .conftest import MakeNode


@pytest.fixture(scope="module")
def told(
    make_application: MakeApplication,
    make_node: MakeNode,
    private_key: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    """The answer to each call, by its name."""
    return make_node(tmp_path_factory.mktemp("home")).ask(
        "every_call.mjs",
        VONAGE_APPLICATION_ID=make_application().id,
        VONAGE_PRIVATE_KEY_PATH=str(private_key),
    )


def test_users_can_be_created_found_changed_and_deleted(told: Any) -> None:
    assert told["alice"]["id"].startswith("USR-")
    assert told["user"] == told["alice"]
    assert told["user"]["properties"]["customData"] == {"camelCase": True}
    moment = told["renamed"]["timestamp"]
    assert moment["created"] == told["user"]["timestamp"]["created"]
    changed = {"displayName": "Alice", "timestamp": moment}
    assert told["renamed"] == {**told["user"], **changed}
    assert told["deletedUser"]["status"] == 404
    assert told["deletedUser"]["body"]["code"] == "user:error:not-found"


def test_every_page_of_users_is_read(told: Any) -> None:
    assert [user["name"] for user in told["users"]] == ["carol", "bob", "alice"]


def test_a_name_in_use_is_a_conflict(told: Any) -> None:
    assert told["duplicate"]["status"] == 409
    assert told["duplicate"]["body"]["code"] == "user:error:duplicate-name"


def test_a_conversation_can_be_created_found_changed_and_deleted(told: Any) -> None:
    made = told["made"]
    assert (made["name"], made["state"]) == ("a-chat", "ACTIVE")
    assert made["properties"]["customData"] == {"camelCase": True}
    assert told["conversation"] == made
    assert told["changed"]["displayName"] == "The chat"
    assert told["changed"]["properties"] == made["properties"]
    assert [found["id"] for found in told["conversations"]] == [made["id"]]
    assert told["deletedConversation"]["status"] == 404
    assert told["deletedConversation"]["body"]["code"] == "conversation:error:not-found"


def test_members_can_join_be_invited_and_leave(told: Any) -> None:
    states = [told[name]["state"] for name in ("member", "invited", "accepted", "left")]
    assert states == ["JOINED", "INVITED", "JOINED", "LEFT"]
    assert told["member"]["user"]["name"] == "alice"
    assert told["accepted"]["id"] == told["invited"]["id"] == told["left"]["id"]
    assert told["oneMember"] == told["member"]
    found = [(member["user"]["name"], member["state"]) for member in told["members"]]
    assert found == [("alice", "JOINED"), ("bob", "LEFT")]
    assert [found["id"] for found in told["ofUser"]] == [told["made"]["id"]]
    assert told["sessions"] == []


def test_for_await_reads_25_events_over_their_pages(told: Any) -> None:
    texts = [f"text {number}" for number in range(1, 26)]
    assert [event["body"]["text"] for event in told["events"]] == texts
    ids = [event["id"] for event in told["events"]]
    assert ids == [event["id"] for event in told["sent"]]
    assert ids == list(range(ids[0], ids[0] + 25))
    assert {event["fromUser"]["name"] for event in told["events"]} == {"alice"}
    assert told["events"][0]["fromMember"] == {"id": told["member"]["id"]}


def test_a_deleted_event_only_keeps_its_type_and_the_time(told: Any) -> None:
    body = told["deletedEvent"]["body"]
    assert body.pop("timestamp")["deleted"]
    assert "".join(body.values()) == "text"
