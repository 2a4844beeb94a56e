"""Moving house: conversations move from the sandbox into rooms, completely and once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sandbox import running
from sandbox.running import Json

from livechat_helpers import engines, moving_house, places
from livechat_helpers.applications import ensure_application
from livechat_helpers.matrix.calls import path
from livechat_helpers.matrix.engine import MatrixEngine
from livechat_helpers.matrix.moving import Source, move
from livechat_helpers.settings import Settings
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.transcript import transcript

from .stand import MatrixStand


@pytest.fixture(scope="module")
def old(stand: MatrixStand) -> Iterator[SupportDesk]:
    """The desk on a sandbox, next to the Synapse."""
    folder = places.sandbox_dir()
    sandbox = running.sandbox(folder)
    sandbox.ready()
    settings = Settings.load().model_copy(update={"mode": "sandbox"})
    ensure_application(settings, "http://127.0.0.1:9/webhooks/event", folder)
    yield SupportDesk.on(engines.connect(settings, folder), settings)
    sandbox.kill()


@pytest.fixture(scope="module")
def matrix(stand: MatrixStand) -> MatrixEngine:
    """The application on Synapse."""
    found = engines.on_matrix(Settings.load(), stand.folder).matrix
    assert found is not None
    return found


@pytest.fixture
def conversation(old: SupportDesk) -> str:
    """A chat with everything in it: messages, a deletion, a handover, an end."""
    chat = old.open_chat()
    id, member = chat["conversation"]["id"], chat["member"]["id"]
    for text in ("Hello", "Yes", "Yes"):
        old.conversations.send_text(id, text, member=member)
    slip = old.conversations.send_text(id, "My password is 1234", member=member)
    old.conversations.delete_event(id, slip["id"])
    ada = old.hand_over(id, "ada")
    old.conversations.send_text(id, "Ada here", member=ada["id"])
    old.close_chat(id, "Solved")
    return id


def said(calls: Any, conversation: str) -> list[tuple[str, str]]:
    """Return a conversation's messages and their times."""
    events: list[Json] = list(calls.events(conversation, event_type="message"))
    there = [event for event in events if "timestamp" not in event["body"]]
    times = [event["timestamp"] for event in there]
    return list(zip(transcript(there), times, strict=True))


def receipts() -> list[Json]:
    """Return the receipts of all moves by the command, oldest first."""
    file = places.matrix_dir() / moving_house.RECEIPTS
    assert file.stat().st_mode & 0o077 == 0
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_conversation_arrives_with_its_senders_times_owner_and_end(
    old: SupportDesk, desk: SupportDesk, matrix: MatrixEngine, conversation: str
) -> None:
    receipt = move(old.conversations, matrix, conversation)
    assert said(desk.conversations, receipt.room) == said(
        old.conversations, conversation
    )
    owner, ended = desk.owner(receipt.room), desk.ended(receipt.room)
    assert owner is not None
    assert ended is not None
    assert owner["_embedded"]["user"]["name"] == "ada"
    assert ended["body"]["reason"] == "Solved"
    assert receipt.there == 0
    assert receipt.left_out["message"] == 1  # the deleted message


def test_a_second_move_sends_nothing(
    old: SupportDesk, desk: SupportDesk, matrix: MatrixEngine, conversation: str
) -> None:
    first = move(old.conversations, matrix, conversation)
    events = list(desk.conversations.events(first.room))
    second = move(old.conversations, matrix, conversation)
    assert (second.moved, second.there) == (0, first.moved)
    assert list(desk.conversations.events(first.room)) == events


def test_a_second_move_keeps_the_rooms_rule_on_whether_visitors_can_write(
    old: SupportDesk, desk: SupportDesk, matrix: MatrixEngine, conversation: str
) -> None:
    room = move(old.conversations, matrix, conversation).room

    def least() -> int:
        powers = path("rooms", room, "state", "m.room.power_levels")
        move(old.conversations, matrix, conversation)
        return matrix.calls("GET", powers)["events_default"]

    assert least() == 50
    desk.reopen(room)
    assert least() == 0
    desk.close_chat(room)
    assert least() == 50


@pytest.mark.parametrize(
    ("name", "user"),
    [
        ("Question 1: où?", "Jörg Müller"),
        ("100% <b>off</b>", "<b>Ada</b>"),
        ("a b", "@ada:home"),
        ("a%20b", "x" * 100),
    ],
)
def test_any_name_survives_the_move_unchanged(
    old: SupportDesk, desk: SupportDesk, matrix: MatrixEngine, name: str, user: str
) -> None:
    id = old.conversations.create(name)["id"]
    somebody = old._create_user(user, user[:50])
    member = old.conversations.join(id, somebody["id"])
    old.conversations.send_text(id, "Hello", member=member["id"])
    room = move(old.conversations, matrix, id).room
    assert said(desk.conversations, room) == said(old.conversations, id)
    assert desk.conversations.get(room)["name"] == name
    [moved] = desk.conversations.members(room)
    assert moved["_embedded"]["user"]["name"] == user
    assert move(old.conversations, matrix, id).moved == 0


def test_a_message_too_long_for_a_room_is_named_in_the_receipt(
    old: SupportDesk, desk: SupportDesk, matrix: MatrixEngine
) -> None:
    chat = old.open_chat()
    id, member = chat["conversation"]["id"], chat["member"]["id"]
    for text in ("Before", "x" * 70_000, "After"):
        old.conversations.send_text(id, text, member=member)
    receipt = move(old.conversations, matrix, id)
    lines = [line for line, _ in said(desk.conversations, receipt.room)]
    assert [line.partition(": ")[2] for line in lines] == ["Before", "After"]
    assert "1 message longer than rooms allow" in str(receipt)


def test_one_chat_that_cannot_be_moved_doesnt_stop_the_others(
    old: SupportDesk, conversation: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert moving_house.main(["CON-nowhere", conversation]) == 1
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("CON-nowhere: not moved: 404")
    assert "0 there before" in second
    *_, nowhere, kept = receipts()
    assert "404" in nowhere["failed"]
    assert kept["left_out"] == {"message": 1, "event:delete": 1}


def test_a_killed_command_is_finished_by_the_next_and_no_receipt_is_lost(
    old: SupportDesk, desk: SupportDesk
) -> None:
    calls, chats = old.conversations, []
    for number in range(4):
        chat = old.open_chat()
        id, member = chat["conversation"]["id"], chat["member"]["id"]
        for text in ("Hello", f"I'm number {number}"):
            calls.send_text(id, text, member=member)
        chats.append(id)
    command = [sys.executable, "-m", "livechat_helpers", "move", *chats]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        assert "0 there before" in killed.stdout.readline()
        killed.kill()
    assert moving_house.main(chats) == 0
    for id in chats:
        room = desk.conversations.get(calls.get(id)["name"])["id"]
        assert said(desk.conversations, room) == said(calls, id)
    kept = [each for each in receipts() if each["conversation"] == chats[0]]
    assert [bool(each["moved"]) for each in kept] == [True, False]


class BreaksOff:
    """Conversations whose history can't be read to the end, as in a power cut."""

    def __init__(self, of: Source, after: int) -> None:
        self._of, self._after = of, after

    def get(self, conversation: str) -> Json:
        return self._of.get(conversation)

    def events(self, conversation: str) -> Iterator[Json]:
        for event in self._of.events(conversation):
            if event["id"] > self._after:
                raise ConnectionError
            yield event


def test_the_next_move_finishes_one_that_was_interrupted(
    old: SupportDesk, desk: SupportDesk, matrix: MatrixEngine, conversation: str
) -> None:
    calls = old.conversations
    for after in range(2, 9, 2):
        with pytest.raises(ConnectionError):
            move(BreaksOff(calls, after), matrix, conversation)
    receipt = move(calls, matrix, conversation)
    assert receipt.there > 0
    assert said(desk.conversations, receipt.room) == said(calls, conversation)


def test_two_moves_at_the_same_time_copy_each_message_once(
    old: SupportDesk, desk: SupportDesk, matrix: MatrixEngine, conversation: str
) -> None:
    calls = old.conversations
    room = desk.conversations.create(calls.get(conversation)["name"])["id"]

    class Recorded:
        """The history as it was read; two threads can share it."""

        def __init__(self) -> None:
            self._known = calls.get(conversation)
            self._events = list(calls.events(conversation))

        def get(self, conversation: str) -> Json:
            return self._known

        def events(self, conversation: str) -> Iterator[Json]:
            return iter(self._events)

    with ThreadPoolExecutor(2) as pool:
        moves = [pool.submit(move, Recorded(), matrix, conversation) for _ in range(2)]
        assert all(one.result() for one in moves)
    assert said(desk.conversations, room) == said(calls, conversation)
