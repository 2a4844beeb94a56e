"""The pane when something breaks: nothing is lost, duplicated or out of order."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from waiting import eventually

from livechat_helpers.agent_pane import AgentPane, ReplyFailed
from livechat_helpers.visitor import Visitor

from .stand import Stand

EVENTS = "/*/conversations/*/events"


@pytest.fixture(scope="module", autouse=True)
def few_chats(stand: Stand) -> None:
    """Forget the chats of other modules."""
    stand.sandbox.restore("empty")


@pytest.fixture(autouse=True)
def no_faults(stand: Stand) -> Iterator[None]:
    """Clears each test's faults at its end."""
    yield
    stand.sandbox.faults.clear()


@pytest.fixture
def visitor(stand: Stand, pane: AgentPane) -> Visitor:
    """A visitor who has said hello to the pane."""
    visitor = Visitor(stand.url)
    visitor.say("hello")
    settle(pane)
    return visitor


def settle(pane: AgentPane) -> None:
    asyncio.run(pane.settle(60))


def assert_same(pane: AgentPane, visitor: Visitor, *texts: str) -> None:
    """Assert that both sides and the sandbox's log have these texts."""
    settle(pane)
    log = [(e["id"], e["body"]["text"]) for e in visitor.events() if is_text(e)]
    lines = pane.transcript(visitor.conversation)
    assert [(line["id"], line["text"]) for line in lines] == log
    if texts:
        assert [text for _, text in log] == list(texts)


def is_text(event: dict) -> bool:
    return event["type"] == "message"


def test_a_dropped_socket_loses_nothing(
    stand: Stand, pane: AgentPane, visitor: Visitor
) -> None:
    for number in range(5):
        with ThreadPoolExecutor() as both:
            both.submit(pane.send, f"answer {number}", visitor.conversation)
            eventually(stand.sandbox.faults.drop_sockets)
            both.submit(visitor.say, f"question {number}")
    assert_same(pane, visitor)
    texts = [line["text"] for line in pane.transcript(visitor.conversation)]
    expected = [f"{what} {n}" for n in range(5) for what in ("answer", "question")]
    assert sorted(texts) == sorted(["hello", *expected])
    assert pane.state == "online"


def test_a_half_open_socket_is_noticed_and_loses_nothing(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livechat_helpers.agent_pane.chats.CHECK", 0.2)
    pane = AgentPane()
    visitor = Visitor(stand.url)
    settle(pane)
    with stand.sandbox.faults.half_open() as fault:
        assert fault.met > 0
        before = stand.sandbox.trace.mark()
        visitor.say("into the void")
        pane.wait_for("into the void")
        eventually(lambda: "session:success" in str(stand.sandbox.trace(after=before)))
        visitor.say("heard again")
        pane.wait_for("heard again")
    assert_same(pane, visitor, "into the void", "heard again")
    pane.close()


def test_when_the_sandbox_loses_power_nothing_is_lost_or_doubled(
    stand: Stand, pane: AgentPane, visitor: Visitor
) -> None:
    stand.kill_sandbox()
    eventually(lambda: pane.state == "offline")
    with pytest.raises(TimeoutError, match="Vonage doesn't answer"):
        pane.send("while it was down", visitor.conversation, seconds=0.1)
    stand.restart_sandbox()
    eventually(lambda: not pane.unsent)
    visitor.say("after")
    assert_same(pane, visitor, "hello", "while it was down", "after")


def test_an_expired_token_is_replaced(
    stand: Stand, pane: AgentPane, visitor: Visitor
) -> None:
    with stand.sandbox.faults.expire_tokens(user="agent") as fault:
        assert fault.met > 0
        eventually(lambda: pane.state == "online")
        visitor.say("still there?")
        pane.wait_for("still there?")
        pane.send("yes", visitor.conversation)
    assert_same(pane, visitor, "hello", "still there?", "yes")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_refused_reply_is_resent_once(
    stand: Stand, pane: AgentPane, visitor: Visitor, status: int
) -> None:
    with stand.sandbox.faults.refuse(status, path=EVENTS, method="POST", times=2):
        pane.send("only once", visitor.conversation, seconds=60)
    assert_same(pane, visitor, "hello", "only once")


def test_a_reply_whose_answer_is_lost_is_not_sent_twice(
    stand: Stand, pane: AgentPane, visitor: Visitor
) -> None:
    with stand.sandbox.faults.drop_reply(path=EVENTS, method="POST", times=1) as fault:
        pane.send("only once", visitor.conversation)
        assert fault.met == 1
    assert_same(pane, visitor, "hello", "only once")


def test_a_reply_whose_answer_is_lost_is_found_without_a_socket(
    stand: Stand, pane: AgentPane, visitor: Visitor
) -> None:
    with (
        stand.sandbox.faults.refuse(503, path="/v2/rtc/**"),
        # And nothing tells the pane that there's something to read.
        stand.sandbox.faults.refuse(503, path="/*/users/*/conversations"),
        stand.sandbox.faults.drop_reply(path=EVENTS, method="POST", times=1),
    ):
        stand.sandbox.faults.drop_sockets()
        pane.send("only once", visitor.conversation)
    assert_same(pane, visitor, "hello", "only once")


def test_the_same_text_can_be_sent_twice_on_purpose(
    stand: Stand, pane: AgentPane, visitor: Visitor
) -> None:
    for _ in range(2):
        pane.send("Yes", visitor.conversation)
    assert_same(pane, visitor, "hello", "Yes", "Yes")


def test_waiting_replies_are_sent_in_order(
    stand: Stand, pane: AgentPane, visitor: Visitor
) -> None:
    texts = [f"reply {number}" for number in range(5)]
    with stand.sandbox.faults.refuse(503, path=EVENTS, method="POST"):
        for text in texts:
            with pytest.raises(TimeoutError):
                pane.send(text, visitor.conversation, seconds=0)
        assert [one["text"] for one in pane.unsent] == texts
    eventually(lambda: not pane.unsent)
    assert_same(pane, visitor, "hello", *texts)


def test_a_reply_that_was_rejected_waits_for_the_agents_decision(
    stand: Stand, pane: AgentPane, visitor: Visitor
) -> None:
    with (
        stand.sandbox.faults.refuse(403, path=EVENTS, method="POST", times=2),
        pytest.raises(ReplyFailed, match=r"'not now' was not sent: Vonage answers 403"),
    ):
        pane.send("not now", visitor.conversation)
    [reply] = pane.unsent
    assert reply["state"] == "failed"
    pane.retry(reply["key"])
    eventually(lambda: not pane.unsent)
    assert_same(pane, visitor, "hello", "not now")


def test_a_call_that_vonage_keeps_refusing_is_given_up(
    stand: Stand,
    pane: AgentPane,
    visitor: Visitor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("livechat_helpers.agent_pane.outbox.GIVE_UP", 0.3)
    with (
        stand.sandbox.faults.refuse(503, path=EVENTS, method="POST"),
        pytest.raises(ReplyFailed, match="503"),
    ):
        pane.send("never mind", visitor.conversation)
    pane.discard()
    assert_same(pane, visitor, "hello")


def test_doubled_and_reordered_events_are_put_right(
    stand: Stand, pane: AgentPane, visitor: Visitor
) -> None:
    texts = [f"line {number}" for number in range(10)]
    with (
        stand.sandbox.faults.duplicate_events(event="message"),
        stand.sandbox.faults.reorder_events(event="message"),
    ):
        for text in texts:
            visitor.say(text)
        pane.send("noted", visitor.conversation)
    assert_same(pane, visitor, "hello", *texts, "noted")


def test_without_a_socket_the_chats_are_still_read(
    stand: Stand, pane: AgentPane, visitor: Visitor
) -> None:
    with stand.sandbox.faults.refuse(503, path="/v2/rtc/**"):
        stand.sandbox.faults.drop_sockets()
        eventually(lambda: "No live events" in pane._chats.detail)
        assert pane.state == "reconnecting"
        visitor.say("can you hear me?")
        pane.wait_for("can you hear me?", seconds=60)
        pane.send("yes", visitor.conversation)
    eventually(lambda: pane.state == "online")
    assert_same(pane, visitor, "hello", "can you hear me?", "yes")


def knows(pane: AgentPane, conversation: str) -> bool:
    return conversation in [chat["id"] for chat in pane.conversations]


def test_five_visitors_write_over_a_shaky_connection(
    stand: Stand, pane: AgentPane
) -> None:
    visitors = [Visitor(stand.url) for _ in range(5)]
    until = time.monotonic() + 10
    said: dict[str, list[str]] = {visitor.conversation: [] for visitor in visitors}

    def talk(visitor: Visitor) -> None:
        while time.monotonic() < until:
            text = f"line {len(said[visitor.conversation])}"
            visitor.say(text)
            said[visitor.conversation].append(text)
            time.sleep(0.1)  # faster than anybody types

    def answer(conversation: str) -> None:
        for number in range(5):
            pane.send(f"answer {number}", conversation, seconds=60)

    def shake() -> None:
        while time.monotonic() < until:
            stand.sandbox.faults.drop_sockets(user="agent")
            time.sleep(0.5)

    talkers = [threading.Thread(target=talk, args=(visitor,)) for visitor in visitors]
    shaker = threading.Thread(target=shake)
    with stand.sandbox.faults.duplicate_events(), stand.sandbox.faults.reorder_events():
        for thread in (*talkers, shaker):
            thread.start()
        for visitor in visitors:
            eventually(lambda id=visitor.conversation: knows(pane, id))
            answer(visitor.conversation)
        for thread in (*talkers, shaker):
            thread.join()
    for visitor in visitors:
        assert_same(pane, visitor)
        lines = pane.transcript(visitor.conversation)
        mine = [line["text"] for line in lines if line["who"] == "agent"]
        theirs = [line["text"] for line in lines if line["who"] == "visitor"]
        assert mine == [f"answer {number}" for number in range(5)]
        assert theirs == said[visitor.conversation]
