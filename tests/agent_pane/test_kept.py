"""What's kept on disk: replies that a kernel has accepted, notes, labels."""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from waiting import eventually

from livechat_helpers import places
from livechat_helpers.agent_pane import AgentPane, team_notes
from livechat_helpers.agent_pane.chat import Chat
from livechat_helpers.agent_pane.claims import Claims
from livechat_helpers.agent_pane.outbox import Reply
from livechat_helpers.agent_pane.team import Team
from livechat_helpers.agent_pane.team_notes import Notes
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.visitor import Visitor

from .stand import Stand
from .test_pane import greeted, said, settle


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home."""
    monkeypatch.setenv("LIVECHAT_HOME", str(tmp_path))
    return tmp_path


def test_a_reply_is_taken_once_however_many_kernels_there_are(home: Path) -> None:
    one, two = Claims("USR-1"), Claims("USR-1")
    reply = Reply("key", "CON-1", "Hello")
    assert [kernel.claim(reply, 3) for kernel in (one, two, one)] == [
        True,
        False,
        False,
    ]
    assert two.left_behind() == []  # its kernel is alive
    one.close()
    [left] = two.left_behind()
    assert (left.key, left.chat, left.text) == ("key", "CON-1", "Hello")
    assert left.tried_after == 3
    three = Claims("USR-1")
    assert three.left_behind() == []  # the second kernel is sending it
    two.done("key")
    two.close()
    assert three.left_behind() == []
    assert not three.claim(reply, 3)  # a key can't be claimed twice
    three.close()


def test_accepted_replies_are_private_and_forgotten_after_a_day(home: Path) -> None:
    claims = Claims("USR-1")
    folder = home / ".data" / "outbox" / "USR-1"
    for key in ("old", "new", "unsent"):
        assert claims.claim(Reply(key, "CON-1", "Hello"), 3)
        assert (folder / f"{key}.json").stat().st_mode & 0o077 == 0
    claims.done("old")
    claims.done("new")
    two_days_ago = time.time() - 2 * 24 * 3600
    for key in ("old", "unsent"):
        os.utime(folder / f"{key}.json", (two_days_ago, two_days_ago))
    claims.close()
    assert not list(folder.glob("*.lock"))
    later = Claims("USR-1")
    assert [reply.key for reply in later.left_behind()] == ["unsent"]
    assert {path.stem for path in folder.glob("*.json")} == {"new", "unsent"}
    later.close()


def test_the_next_kernel_sends_what_the_last_one_took_but_didnt_send(
    stand: Stand,
) -> None:
    visitor = Visitor(stand.url)
    visitor.say("Hello")
    user = SupportDesk.open().agent()["id"]
    dead = Claims(user)
    for text in ("not sent yet", "sent just before the end"):
        dead.claim(Reply(str(uuid4()), visitor.conversation, text), 0)
    desk = SupportDesk.open()
    owner = desk.owner(visitor.conversation)
    assert owner is not None
    desk.conversations.send_text(
        visitor.conversation, "sent just before the end", member=owner["id"]
    )
    dead.close()
    with AgentPane() as pane:
        eventually(lambda: "not sent yet" in said(visitor))
        settle(pane)
        again = AgentPane()
        settle(again)
        again.close()
    assert sorted(said(visitor)) == [
        "Hello",
        "not sent yet",
        "sent just before the end",
    ]


def test_the_next_kernel_doesnt_mistake_an_earlier_message_for_the_reply(
    stand: Stand,
) -> None:
    visitor = Visitor(stand.url)
    visitor.say("Hello")
    desk = SupportDesk.open()
    owner = desk.owner(visitor.conversation)
    assert owner is not None
    earlier = desk.conversations.send_text(
        visitor.conversation, "Yes", member=owner["id"]
    )
    dead = Claims(desk.agent()["id"])
    dead.claim(Reply(str(uuid4()), visitor.conversation, "Yes"), earlier["id"])
    dead.close()
    with AgentPane():
        eventually(lambda: said(visitor) == ["Hello", "Yes", "Yes"])


def view_asks(pane: AgentPane, what: str, **more: object) -> None:
    """Ask a pane for something, as a view does."""
    pane._views.hear({"do": what, "view": "v", "n": 1, **more})
    settle(pane)


def test_a_request_that_a_view_sends_twice_is_carried_out_once(
    stand: Stand, pane: AgentPane
) -> None:
    visitor = greeted(stand, pane)
    for _ in range(2):
        view_asks(pane, "send", key="k1", id=visitor.conversation, text="Once")
        view_asks(pane, "note", key="k2", id=visitor.conversation, text="Noted once")
    assert said(visitor) == ["Hello", "Once"]
    lines = pane.transcript(visitor.conversation, notes=True)
    assert [line["text"] for line in lines].count("Noted once") == 1


def test_an_earlier_message_with_the_same_text_isnt_the_reply(
    stand: Stand, pane: AgentPane
) -> None:
    visitor = greeted(stand, pane)
    pane.send("Yes", visitor.conversation)
    events = "/*/conversations/*/events"
    with stand.sandbox.faults.refuse(503, path=events, method="POST", times=1):
        pane.send("Yes", visitor.conversation)
    assert said(visitor) == ["Hello", "Yes", "Yes"]


def test_a_reply_in_transit_cannot_be_discarded(stand: Stand, pane: AgentPane) -> None:
    visitor = greeted(stand, pane)
    events = "/*/conversations/*/events"
    with stand.sandbox.faults.refuse(503, path=events, method="POST"):
        with pytest.raises(TimeoutError):
            pane.send("On its way", visitor.conversation, seconds=0)
        [reply] = pane.unsent
        view_asks_now = {"do": "discard", "view": "v", "n": 2, "key": reply["key"]}
        pane._views.hear(view_asks_now)
        with pytest.raises(LookupError, match="No failed reply"):
            pane.discard(reply["key"])
        assert [one["key"] for one in pane.unsent] == [reply["key"]]
    eventually(lambda: not pane.unsent)
    assert said(visitor) == ["Hello", "On its way"]


def test_an_agent_who_only_watches_sends_no_read_receipt(
    stand: Stand, pane: AgentPane
) -> None:
    with AgentPane(SupportDesk.open(agent="ada")) as ada:
        visitor = greeted(stand, pane, ada)
        view_asks(ada, "reading", id=visitor.conversation, on=True)
        ada.read(visitor.conversation)
        visitor.say("And now?")
        settle(pane, ada)
        kinds = [event["type"] for event in visitor.events()]
        chats = {one["id"]: one for one in ada.conversations}
    assert "message:seen" not in kinds
    assert chats[visitor.conversation]["unread"] == 2


def test_a_reply_from_a_view_takes_no_chat_from_a_colleague(
    stand: Stand, pane: AgentPane
) -> None:
    visitor = greeted(stand, pane)
    SupportDesk.open(agent="ada").take(visitor.conversation)
    settle(pane)
    view_asks(pane, "send", key=str(uuid4()), id=visitor.conversation, text="Mine?")
    eventually(lambda: [one["state"] for one in pane.unsent] == ["failed"])
    [reply] = pane.unsent
    assert reply["reason"] == "Ada has this chat now. Take it to answer."
    pane.discard(reply["key"])
    assert said(visitor) == ["Hello"]


def test_receipts_that_wait_while_a_chat_is_handed_over_arent_its_new_owners(
    stand: Stand, pane: AgentPane
) -> None:
    visitor = greeted(stand, pane)
    for number in range(4):
        visitor.say(str(number))
    settle(pane)
    events = "/*/conversations/*/events"
    with stand.sandbox.faults.delay(0.1, path=events, method="POST"):
        pane.read(visitor.conversation)
        new = SupportDesk.open(agent="ada").take(visitor.conversation)
        settle(pane)
    senders = {one.get("from") for one in visitor.events() if "seen" in one["type"]}
    assert new["id"] not in senders


def test_a_waiting_visitor_of_a_colleague_is_shown_as_waiting(
    stand: Stand, pane: AgentPane
) -> None:
    with AgentPane(SupportDesk.open(agent="ada")) as ada:
        visitor = greeted(stand, pane, ada)
        ada.send("Ada here", visitor.conversation)
        settle(pane)
        visitor.say("Only for Ada")
        pane._ask(pane._chats._catch_up())
        [chat] = [c for c in pane.conversations if c["id"] == visitor.conversation]
        assert (chat["state"], chat["owner"]) == ("colleague", "Ada")
        assert chat["waiting_since"]
        assert not pane.search("Only for Ada")
        ada.wait_for("Only for Ada")
        ada.send("I am on it", visitor.conversation)
        pane._ask(pane._chats._catch_up())
        [chat] = [c for c in pane.conversations if c["id"] == visitor.conversation]
        assert not chat["waiting_since"]


def test_a_damaged_line_in_the_notes_only_costs_that_line(home: Path) -> None:
    told: list[str] = []
    chat = Chat("CON-1", "USR-1", "USR-2")
    Notes("USR-1", told.append).keep(chat, "first", "Ada", "k1")
    path = places.data_dir() / "notes" / "USR-1.jsonl"
    wrong = {"id": "7", "kind": "note", "who": "", "name": "", "text": "", "at": ""}
    with path.open("a") as file:
        file.write(json.dumps({"chat": "CON-1", "note": wrong}) + "\n")
        file.write('{"chat": "CON-1", "no')
    notes = Notes("USR-1", told.append)
    notes.read()
    assert [note.text for note in notes.of("CON-1")] == ["first"]
    assert told == [
        f"Line {number} of USR-1.jsonl isn't a note, so it was ignored. "
        "The other notes are here."
        for number in (2, 3)
    ]
    notes.keep(chat, "second", "Ada", "k2")
    again = Notes("USR-1", told.append)
    again.read()
    assert [note.text for note in again.of("CON-1")] == ["first", "second"]


def test_a_pane_opens_with_damaged_notes_and_reports_them(stand: Stand) -> None:
    folder = places.data_dir() / "notes"
    folder.mkdir(exist_ok=True)
    torn = folder / "USR-torn.jsonl"
    torn.write_text("{")
    with AgentPane() as pane:
        assert pane.state == "online"
        assert "USR-torn.jsonl isn't a note" in pane.problems[-1]
    torn.unlink()


def test_of_two_labels_the_later_one_counts_in_whichever_file_it_is(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = Chat("CON-1", "USR-1", "USR-2")
    for user, at in (("USR-1", "2026-01-02"), ("USR-2", "2026-01-01")):
        monkeypatch.setattr(team_notes, "_now", lambda at=at: at)
        Notes(user, print).sort(chat, [user], urgent=False)
    notes = Notes("USR-3", print)
    notes.read()
    assert notes.label("CON-1").labels == ["USR-1"]


def test_an_agent_whose_kernel_was_killed_is_no_longer_present(home: Path) -> None:
    ada, ben = Team("APP", "ada", ["ada", "ben"]), Team("APP", "ben", ["ada", "ben"])
    ada.show()
    assert ben.present() == ["ada"]
    [file] = (home / ".data" / "team" / "APP").iterdir()
    a_minute_ago = time.time() - 60
    os.utime(file, (a_minute_ago, a_minute_ago))
    assert ben.present() == []


def test_colleagues_see_notes_and_labels(stand: Stand, pane: AgentPane) -> None:
    visitor = greeted(stand, pane)
    with AgentPane(SupportDesk.open(agent="ada")) as ada:
        pane.note("Likes cats", visitor.conversation)
        pane.sort(["vip"], visitor.conversation, urgent=True)

        def noted() -> list[str]:
            lines = ada.transcript(visitor.conversation, notes=True)
            return [f"{one['name']}: {one['text']}" for one in lines]

        eventually(lambda: "Support Agent: Likes cats" in noted())

        def label() -> tuple[list[str], bool]:
            found = ada._chats.label(ada._chats.chats[visitor.conversation])
            return found.labels, found.urgent

        eventually(lambda: label() == (["vip"], True))
    assert "Likes cats" not in json.dumps(visitor.events())


@pytest.fixture
def patient(stand: Stand) -> Iterator[None]:
    """Clears each test's faults at its end."""
    yield
    stand.sandbox.faults.clear()


def test_a_reply_waits_as_long_as_vonage_asks(
    stand: Stand, pane: AgentPane, patient: None
) -> None:
    visitor = greeted(stand, pane)
    events = "/*/conversations/*/events"
    with stand.sandbox.faults.refuse(
        429, path=events, method="POST", times=1, retry_after=2
    ):
        began = time.monotonic()
        pane.send("Patience", visitor.conversation)
        assert time.monotonic() - began >= 2
    asyncio.run(pane.settle())
    assert said(visitor) == ["Hello", "Patience"]
