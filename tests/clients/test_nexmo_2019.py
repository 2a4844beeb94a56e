"""nexmo 2.7.0-beta-1, which always calls https://api.nexmo.com."""

from pathlib import Path
from typing import Any

import pytest
from sandbox.callers import Application
from sandbox.conftest import MakeApplication
from sandbox.running import Json
from sandbox.sockets import Session

from .conftest import MakeNode


def credentials(app: Application, private_key: Path) -> dict[str, str]:
    """Return the variables of a 2019 program."""
    return {
        "NEXMO_API_KEY": "abcd1234",
        "NEXMO_API_SECRET": "not used here",
        "NEXMO_APPLICATION_ID": app.id,
        "NEXMO_APPLICATION_PRIVATE_KEY_PATH": str(private_key),
    }


def test_a_2019_support_desk_opens_a_chat_with_a_valid_token(
    app: Application,
    make_node: MakeNode,
    private_key: Path,
    tmp_path: Path,
    ready: Json,
) -> None:
    agent = app.user("agent")["id"]
    variables = {**credentials(app, private_key), "SUPPORT_AGENT": agent}
    chat = make_node(tmp_path).ask("support_desk_2019.cjs", **variables)
    assert chat["member"]["name"] == chat["user"]["name"] == "swift-otter"
    assert chat["member"]["user_id"] == chat["user"]["id"]
    assert (chat["agent"]["name"], chat["agent"]["user_id"]) == ("agent", agent)
    conversation = chat["conversation"]["id"]
    joined = [event["body"]["user"]["name"] for event in app.events(conversation)]
    assert joined == ["swift-otter", "agent"]
    visitor = app.bearer(chat["jwt"])
    read = visitor.get(f"/beta/conversations/{conversation}")
    assert read.status_code == 200, read.text
    with Session(ready["http"], chat["jwt"]) as session:
        assert session.user["user_id"] == chat["user"]["id"]
        assert session.user["name"] == "swift-otter"


@pytest.fixture(scope="module")
def told(
    make_application: MakeApplication,
    make_node: MakeNode,
    private_key: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    """The answer to each call, by its name."""
    variables = credentials(make_application(), private_key)
    node = make_node(tmp_path_factory.mktemp("home"))
    return node.ask("every_call_2019.cjs", **variables)


@pytest.mark.parametrize(
    ("name", "count"),
    [("users", 3), ("conversations", 1), ("members", 2), ("events", 2)],
)
def test_every_page_is_read(told: Any, name: str, count: int) -> None:
    assert len(told[name]) == count
    found = [
        item["id"] for page in told[name] for item in page["_embedded"]["data"][name]
    ]
    assert len({*found}) == len(found)
    if name == "events":
        assert found == [1, 2, 3, 4]


def test_one_object_can_be_read_by_its_id(told: Any) -> None:
    assert told["user"]["name"] == "alice"
    assert (told["member"]["name"], told["member"]["state"]) == ("alice", "JOINED")
    assert told["event"]["body"] == {"text": "hello"}
    [mine] = told["conversationsOfUser"]["_embedded"]["data"]["conversations"]
    assert mine["member_id"] == told["member"]["id"]
    conversation = told["conversation"]
    assert (conversation["uuid"], conversation["name"]) == (mine["id"], "a chat")
    assert [
        (member["name"], member["state"]) for member in conversation["members"]
    ] == [("bob", "JOINED"), ("alice", "JOINED")]


def test_creating_or_changing_returns_an_id_and_a_link(told: Any) -> None:
    for name in ("accepted", "renamed", "changed"):
        assert told[name].keys() == {"id", "href"}
    assert told["sent"].keys() == {"id", "href", "timestamp"}
    assert told["sent"]["href"].startswith("https://api.nexmo.com/beta/conversations/")


def test_deleting_over_a_session_returns_an_empty_object(told: Any) -> None:
    for name in ("Event", "Member", "User", "Conversation"):
        assert told[f"deleted{name}"] == ["{}"], "it passes the text on, unread"


def test_a_name_in_use_is_refused_with_the_2019_versions_error(told: Any) -> None:
    assert told["refused"]["statusCode"] == 400
    assert told["refused"]["body"].keys() == {"code", "description"}
    assert told["refused"]["body"]["code"] == "user:error:duplicate-name"
