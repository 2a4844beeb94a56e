"""Opening a chat: five steps, and nothing left behind if one of them fails."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from vonage_http_client.errors import ForbiddenError, NotFoundError

from livechat_helpers.applications import Application, remember
from livechat_helpers.client import application_client, token_client
from livechat_helpers.conversations import Conversations, Json
from livechat_helpers.settings import Settings
from livechat_helpers.support_desk import ENDED, FRONT_DESK, REOPENED, SupportDesk
from livechat_helpers.tokens import inspect


@pytest.fixture
def names(application: Application, sandbox_dir: Path) -> Callable[[], list[str]]:
    """Return a function that returns the names of all users."""
    client = application_client(Settings.load(), application.minter(), sandbox_dir)
    return lambda: [str(user.name) for user in client.users.list_users()[0]]


def test_a_chat_has_a_visitor_an_agent_and_a_token(
    desk: SupportDesk, sandbox_dir: Path
) -> None:
    chat = desk.open_chat()
    assert set(chat) == {"user", "conversation", "member", "agent", "jwt"}
    members = list(desk.conversations.members(chat["conversation"]["id"]))
    assert [(one["state"], one["_embedded"]["user"]["name"]) for one in members] == [
        ("JOINED", chat["user"]["name"]),
        ("JOINED", "agent"),
    ]
    assert [one["id"] for one in members] == [chat["member"]["id"], chat["agent"]["id"]]
    assert inspect(chat["jwt"])["sub"] == chat["user"]["name"]
    mine = Conversations(
        token_client(chat["jwt"], Settings.load(), sandbox_dir).http_client
    )
    mine.send_text(chat["conversation"]["id"], "Hello")
    [said] = [
        event
        for event in mine.events(chat["conversation"]["id"])
        if event["type"] == "message"
    ]
    assert said["from"] == chat["member"]["id"]
    with pytest.raises(ForbiddenError):
        list(mine.list())


def test_every_visitor_is_different_and_the_agent_always_the_same(
    desk: SupportDesk,
) -> None:
    chats = [desk.open_chat() for _ in range(3)]
    assert len({chat["user"]["id"] for chat in chats}) == 3
    assert len({chat["conversation"]["id"] for chat in chats}) == 3
    agents = {chat["agent"]["_embedded"]["user"]["id"] for chat in chats}
    assert agents == {desk.agent()["id"]}


def test_visitors_who_come_at_the_same_time_share_one_agent(
    application: Application, sandbox_dir: Path, names: Callable[[], list[str]]
) -> None:
    minter = application.minter()

    def open_chat(_: int) -> str:
        client = application_client(Settings.load(), minter, sandbox_dir)
        chat = SupportDesk(client, minter).open_chat()
        return chat["agent"]["_embedded"]["user"]["id"]

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(open_chat, range(6)))) == 1
    assert names().count("agent") == 1


def test_the_agent_in_the_settings_is_used(
    application: Application, sandbox_dir: Path, desk: SupportDesk
) -> None:
    chosen = desk.create_visitor()
    minter = application.minter()
    client = application_client(Settings.load(), minter, sandbox_dir)
    assert SupportDesk(client, minter, chosen["id"]).agent() == chosen
    lost = SupportDesk(client, minter, "USR-of-another-sandbox")
    assert lost.agent()["name"] == "agent"


@pytest.mark.parametrize(
    "step", ["create_conversation", "join", "agent", "visitor_token"]
)
def test_a_failed_step_leaves_nothing_behind(
    desk: SupportDesk,
    names: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    before = [desk.agent()["name"]]

    def fail(*_: object, **__: object) -> None:
        raise StepFailed(step)

    monkeypatch.setattr(desk, step, fail)
    with pytest.raises(StepFailed):
        desk.open_chat()
    assert names() == before
    assert list(desk.conversations.list()) == []


class StepFailed(Exception):
    """The error that a step fails with."""


def test_a_desk_opens_on_the_application_in_use(
    application: Application, sandbox_dir: Path
) -> None:
    remember(application)
    desk = SupportDesk.open(sandbox_dir)
    assert inspect(desk.agent_token())["application_id"] == application.id


def test_an_agents_token_opens_every_chat_and_creates_no_users(
    desk: SupportDesk, sandbox_dir: Path
) -> None:
    chats = [desk.open_chat() for _ in range(2)]
    client = token_client(desk.agent_token(), Settings.load(), sandbox_dir)
    conversations = Conversations(client.http_client)
    found = {one["id"] for one in conversations.of_user(desk.agent()["id"])}
    assert found == {chat["conversation"]["id"] for chat in chats}
    for one in found:
        conversations.send_text(one, "How can I help?")
    with pytest.raises(ForbiddenError):
        client.users.list_users()


def test_the_conversation_calls_work_one_by_one(
    desk: SupportDesk, sandbox_dir: Path
) -> None:
    calls = desk.conversations
    made = calls.create("one/two", "Two & more")
    user = desk.create_visitor()
    member = calls.join(made["id"], user["id"])
    assert calls.get(made["id"])["display_name"] == "Two & more"
    first = calls.send_text(made["id"], "I can't log in", member=member["id"])
    receipt = {"type": "message:seen", "body": {"event_id": first["id"]}}
    calls.send_event(made["id"], {**receipt, "from": member["id"]})
    for number in range(5):
        calls.send_text(made["id"], str(number), member=member["id"])
    ids = [event["id"] for event in calls.events(made["id"], start=2, page_size=2)]
    assert ids == list(range(2, 9)), "the list has several pages"
    assert calls.leave(made["id"], member["id"])["state"] == "LEFT"
    assert list(calls.of_user(user["id"])) == []
    calls.delete(made["id"])
    with pytest.raises(NotFoundError):
        calls.get(made["id"])


def joined(desk: SupportDesk, conversation: str) -> list[str]:
    """Return the names of a conversation's members."""
    members = desk.conversations.members(conversation)
    return [m["_embedded"]["user"]["name"] for m in members if m["state"] == "JOINED"]


def test_a_chat_is_handed_over_and_back_to_the_queue(desk: SupportDesk) -> None:
    chat = desk.open_chat()
    visitor, id = chat["user"]["name"], chat["conversation"]["id"]
    for name in ("ada", "ben", "ben", "ada", FRONT_DESK):
        member = desk.hand_over(id, name)
        assert joined(desk, id) == [visitor, name]
        owner = desk.owner(id)
        assert owner is not None and owner["id"] == member["id"]


def test_only_one_of_two_agents_who_take_a_chat_at_the_same_time_gets_it(
    application: Application, sandbox_dir: Path, desk: SupportDesk
) -> None:
    minter = application.minter()

    def taker(name: str) -> Callable[[str], object]:
        client = application_client(Settings.load(), minter, sandbox_dir)
        return SupportDesk(client, minter, agent_name=name).take

    takers = [taker("ada"), taker("ben")]
    for each in takers:  # their users exist
        each(desk.open_chat()["conversation"]["id"])
    for _ in range(10):
        id = desk.open_chat()["conversation"]["id"]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda take, id=id: take(id), takers))
        assert len(joined(desk, id)) == 2, "the visitor and one agent"


def test_an_agent_who_was_too_slow_doesnt_remove_a_faster_one(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = desk.open_chat()
    visitor, id = chat["user"]["name"], chat["conversation"]["id"]
    join, names = desk.conversations.join, ["ben"]

    def join_and_wait(conversation: str, user: str) -> Json:
        member = join(conversation, user)
        if names:
            desk.hand_over(id, names.pop())  # before this join ends
        return member

    monkeypatch.setattr(desk.conversations, "join", join_and_wait)
    desk.hand_over(id, "ada")
    assert joined(desk, id) == [visitor, "ben"]


def test_an_agent_in_a_chat_who_doesnt_have_it_can_take_it(desk: SupportDesk) -> None:
    chat = desk.open_chat()
    visitor, id = chat["user"]["name"], chat["conversation"]["id"]
    guest = desk.hand_over(desk.open_chat()["conversation"]["id"], "ada")
    desk.conversations.join(id, guest["_embedded"]["user"]["id"])
    assert joined(desk, id) == [visitor, FRONT_DESK, "ada"]
    desk.take(id)
    assert joined(desk, id) == [visitor, FRONT_DESK]


def kinds(events: Iterable[Json]) -> list[str]:
    """Return the types of a conversation's events."""
    return [event["type"] for event in events]


def test_a_closed_chat_says_why_in_its_history_just_once(desk: SupportDesk) -> None:
    chat = desk.open_chat()
    id = chat["conversation"]["id"]
    assert desk.ended(id) is None
    desk.close_chat(id, "Solved")
    desk.close_chat(id, "Too late")
    *_, last = desk.conversations.events(id)
    assert kinds(desk.conversations.events(id)).count(ENDED) == 1
    assert last["body"] == {"by": "agent", "reason": "Solved"}
    assert "from" not in last
    end = desk.ended(id)
    assert end is not None
    assert end["id"] == last["id"]


def test_a_chat_can_be_closed_by_its_visitor_without_a_reason(
    desk: SupportDesk,
) -> None:
    id = desk.open_chat()["conversation"]["id"]
    desk.close_chat(id, by="visitor")
    end = desk.ended(id)
    assert end is not None
    assert end["body"] == {"by": "visitor", "reason": ""}


def test_a_closed_chats_visitor_can_read_it_but_not_write(
    desk: SupportDesk, sandbox_dir: Path
) -> None:
    chat = desk.open_chat()
    id = chat["conversation"]["id"]
    desk.conversations.send_text(id, "Tuesday, 9 to 11", member=chat["agent"]["id"])
    desk.close_chat(id, "Solved")
    assert joined(desk, id) == [chat["user"]["name"], FRONT_DESK]
    token = desk.reader_token(chat["user"], chat["conversation"])
    client = token_client(token, Settings.load(), sandbox_dir)
    reader = Conversations(client.http_client)
    assert kinds(reader.events(id))[-2:] == ["message", ENDED]
    with pytest.raises(ForbiddenError):
        reader.send_text(id, "One more thing")


@pytest.mark.parametrize("who", ["user", "agent"])
def test_nobody_can_forge_the_end_of_a_chat_or_undo_it(
    desk: SupportDesk, sandbox_dir: Path, who: str
) -> None:
    chat = desk.open_chat()
    id = chat["conversation"]["id"]
    token = chat["jwt"] if who == "user" else desk.agent_token()
    client = token_client(token, Settings.load(), sandbox_dir)
    pen = Conversations(client.http_client)
    pen.send_event(id, {"type": ENDED, "body": {"by": "agent", "reason": "Forged"}})
    assert desk.ended(id) is None
    desk.close_chat(id)
    pen.send_event(id, {"type": REOPENED, "body": {"by": "agent"}})
    assert desk.ended(id) is not None


def test_a_reopened_chat_is_open_until_it_ends_again(
    desk: SupportDesk,
) -> None:
    id = desk.open_chat()["conversation"]["id"]
    desk.reopen(id)  # it's open, so this does nothing
    for reason in ("Solved", "Solved after all"):
        desk.close_chat(id, reason)
        end = desk.ended(id)
        assert end is not None
        assert end["body"]["reason"] == reason
        desk.reopen(id)
        assert desk.ended(id) is None
    assert kinds(desk.conversations.events(id))[-4:] == [
        ENDED,
        REOPENED,
        ENDED,
        REOPENED,
    ]


def test_a_deleted_ending_doesnt_count(desk: SupportDesk) -> None:
    id = desk.open_chat()["conversation"]["id"]
    desk.close_chat(id)
    end = desk.ended(id)
    assert end is not None
    desk.conversations.delete_event(id, end["id"])
    assert desk.ended(id) is None
