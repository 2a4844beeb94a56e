"""The agent pane without a browser: what it knows, sends, and survives."""

from collections.abc import Iterator
from typing import Any

import pytest
from requests.exceptions import ConnectionError as NoConnection

from livechat_helpers.agent_pane import AgentPane
from livechat_helpers.agent_pane.chats import AgentChats, Answer
from livechat_helpers.conversations import Conversations
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.visitor import Visitor

from .conftest import Stand


@pytest.fixture
def pane(stand: Stand) -> Iterator[AgentPane]:
    pane = AgentPane()
    yield pane
    pane.close()


@pytest.fixture
def chats(stand: Stand) -> Iterator["Recorder"]:
    recorder = Recorder()
    recorder.chats.start()
    assert recorder.chats.wait_until(lambda: recorder.chats.state == "online", 10)
    yield recorder
    recorder.chats.close()


class Recorder:
    """An agent's chats, and every change they told."""

    def __init__(self) -> None:
        self.changes: list[dict[str, Any]] = []
        self.chats = AgentChats(self.changes.append)

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [change for change in self.changes if change["kind"] == kind]

    def wait_for(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        assert self.chats.wait_until(lambda: len(self.of_kind(kind)) >= count, 20)
        return self.of_kind(kind)

    def texts(self, chat: str) -> list[str]:
        return [message.text for message in self.chats.chats[chat].messages]

    def wait_for_text(self, chat: str, text: str) -> None:
        assert self.chats.wait_until(
            lambda: chat in self.chats.chats and text in self.texts(chat), 20
        )


def test_before_anybody_has_written_there_is_nobody_to_answer(pane: AgentPane) -> None:
    # The first test of this file: the stand is new, and has no chat yet.
    assert pane.transcript() == []
    with pytest.raises(LookupError, match="nobody to answer"):
        pane.answer("Is there anybody?")


def test_visitor_and_agent_read_each_other(stand: Stand, pane: AgentPane) -> None:
    visitor = Visitor(stand.url)
    visitor.say("Hello? I can't log in & <b>x</b>")
    assert pane.wait_for("Hello?") == "visitor: Hello? I can't log in & <b>x</b>"
    assert pane.answer("Let me see.") == "agent: Let me see."
    assert visitor.wait_for("Let me see.") == "Let me see."
    assert pane.transcript() == [f"{who}: {text}" for who, text in visitor.messages()]


def test_a_visitor_is_told_that_a_message_has_arrived(
    stand: Stand, chats: Recorder
) -> None:
    visitor = Visitor(stand.url)
    said = visitor.say("Are you there?")
    chats.wait_for_text(visitor.conversation, "Are you there?")
    chats.chats.answer(Answer("key", visitor.conversation, "Yes"))
    chats.wait_for_text(visitor.conversation, "Yes")
    agent = visitor.chat["agent"]["id"]
    stored = {event["id"]: event for event in visitor.events()}
    assert list(stored[said["id"]]["state"]["delivered_to"]) == [agent]


def test_two_visitors_are_never_mixed_up(stand: Stand, chats: Recorder) -> None:
    visitors = [Visitor(stand.url), Visitor(stand.url)]
    ids = [visitor.conversation for visitor in visitors]
    for number in range(10):
        for who, visitor in enumerate(visitors):
            visitor.say(f"visitor {who}, line {number}")
    for who, conversation in enumerate(ids):
        chats.wait_for_text(conversation, f"visitor {who}, line 9")
        chats.chats.answer(Answer(f"key {who}", conversation, f"for visitor {who}"))
    for who, (visitor, conversation) in enumerate(zip(visitors, ids, strict=True)):
        chats.wait_for_text(conversation, f"for visitor {who}")
        expected = [f"visitor {who}, line {number}" for number in range(10)]
        assert chats.texts(conversation) == [*expected, f"for visitor {who}"]
        assert [text for _, text in visitor.messages()] == chats.texts(conversation)


def test_a_pane_that_opens_late_has_the_history(stand: Stand) -> None:
    visitor = Visitor(stand.url)
    for number in range(120):  # more than one page of the event list
        visitor.say(f"line {number}")
    pane = AgentPane()
    assert pane.transcript() == [f"visitor: line {number}" for number in range(120)]
    pane.close()


def test_after_a_power_cut_of_the_sandbox_nothing_is_lost_or_doubled(
    stand: Stand, chats: Recorder
) -> None:
    visitor = Visitor(stand.url)
    visitor.say("before")
    chats.wait_for_text(visitor.conversation, "before")
    stand.kill_sandbox()
    chats.chats.answer(Answer("cut", visitor.conversation, "while it was down"))
    assert chats.wait_for("failed")[0]["key"] == "cut"
    stand.restart_sandbox()
    visitor.say("after")
    chats.wait_for_text(visitor.conversation, "after")
    chats.chats.answer(Answer("cut", visitor.conversation, "while it was down"))
    chats.wait_for("sent")
    chats.wait_for_text(visitor.conversation, "while it was down")
    assert chats.texts(visitor.conversation) == ["before", "after", "while it was down"]
    assert [text for _, text in visitor.messages()] == chats.texts(visitor.conversation)


def test_an_answer_whose_reply_was_lost_is_not_sent_again(
    stand: Stand, chats: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(stand.url)
    visitor.say("hello")
    chats.wait_for_text(visitor.conversation, "hello")
    send = Conversations.send_text

    def send_and_lose_the_reply(*arguments: Any, **named: Any) -> Any:
        send(*arguments, **named)
        raise NoConnection("the reply was lost")

    answer = Answer("lost", visitor.conversation, "only once")
    with monkeypatch.context() as patch:
        patch.setattr(Conversations, "send_text", send_and_lose_the_reply)
        chats.chats.answer(answer)
        chats.wait_for("failed")
    chats.chats.answer(answer)
    chats.wait_for("sent")
    assert chats.texts(visitor.conversation) == ["hello", "only once"]


def test_the_same_text_can_be_sent_twice_on_purpose(
    stand: Stand, chats: Recorder
) -> None:
    visitor = Visitor(stand.url)
    visitor.say("hello")
    chats.wait_for_text(visitor.conversation, "hello")
    for key in ("first", "second"):
        chats.chats.answer(Answer(key, visitor.conversation, "Yes"))
    chats.wait_for("sent", 2)
    chats.chats.wait_until(lambda: len(chats.texts(visitor.conversation)) == 3, 10)
    assert chats.texts(visitor.conversation) == ["hello", "Yes", "Yes"]


def test_a_visitor_who_leaves_is_shown_as_gone(stand: Stand, chats: Recorder) -> None:
    visitor = Visitor(stand.url)
    visitor.say("bye")
    chats.wait_for_text(visitor.conversation, "bye")
    member = visitor.chat["member"]["id"]
    SupportDesk.open().conversations.leave(visitor.conversation, member)
    assert chats.wait_for("over")[0]["chat"] == visitor.conversation


def test_a_pane_reads_the_same_in_every_run(stand: Stand, pane: AgentPane) -> None:
    assert repr(pane) == "AgentPane: run this cell to see the visitors' chats here"
