"""Several agents: one queue, and one agent for each visitor."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from waiting import eventually

from livechat_helpers.agent_pane import AgentPane, ReplyFailed
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.visitor import Visitor

from .stand import Stand


@pytest.fixture(scope="module", autouse=True)
def few_chats(stand: Stand) -> None:
    """Forget the chats of other modules."""
    stand.sandbox.restore("empty")


@pytest.fixture
def ada(stand: Stand) -> Iterator[AgentPane]:
    pane = AgentPane(SupportDesk.open(agent="ada"))
    yield pane
    pane.close()


@pytest.fixture
def ben(stand: Stand) -> Iterator[AgentPane]:
    pane = AgentPane(SupportDesk.open(agent="ben"))
    yield pane
    pane.close()


def settle(*panes: AgentPane) -> None:
    for pane in panes:
        asyncio.run(pane.settle())


def state(pane: AgentPane, visitor: Visitor) -> str:
    """The owner of a visitor's chat, according to a pane."""
    [chat] = [one for one in pane.conversations if one["id"] == visitor.conversation]
    return chat["owner"] if chat["state"] == "colleague" else chat["state"]


def texts(pane: AgentPane, visitor: Visitor) -> list[str]:
    return [line["text"] for line in pane.transcript(visitor.conversation)]


def say(visitor: Visitor, text: str, *panes: AgentPane) -> None:
    """Let a visitor write something, and wait until these agents have it."""
    visitor.say(text)
    for pane in panes:
        pane.wait_for(text)


def test_every_agent_sees_the_queue_live(
    stand: Stand, pane: AgentPane, ada: AgentPane, ben: AgentPane
) -> None:
    visitor = Visitor(stand.url)
    say(visitor, "Hello", pane, ada, ben)
    assert [state(each, visitor) for each in (pane, ada, ben)] == [
        "yours",
        "queue",
        "queue",
    ]


def test_the_first_answer_removes_a_chat_from_the_queue(
    stand: Stand, pane: AgentPane, ada: AgentPane, ben: AgentPane
) -> None:
    visitor = Visitor(stand.url)
    say(visitor, "Hello", pane, ada, ben)
    ada.send("Ada here", visitor.conversation)
    settle(pane, ada, ben)
    assert [state(each, visitor) for each in (pane, ada, ben)] == [
        "Ada",
        "yours",
        "Ada",
    ]
    assert visitor.messages()[-1] == ("agent", "Ada here")
    # The other agents read no further.
    visitor.say("Only for Ada")
    settle(pane, ada, ben)
    assert texts(ada, visitor) == ["Hello", "Ada here", "Only for Ada"]
    for other in (pane, ben):
        assert "Only for Ada" not in texts(other, visitor)


def test_a_chat_is_handed_over_and_back_with_everything_that_was_said(
    stand: Stand, ada: AgentPane, ben: AgentPane
) -> None:
    visitor = Visitor(stand.url)
    say(visitor, "one", ada, ben)
    ada.take(visitor.conversation)
    ada.hand_over("ben", visitor.conversation)
    eventually(lambda: state(ben, visitor) == "yours")
    assert state(ada, visitor) == "Ben"
    visitor.say("two")
    ben.wait_for("two")
    ben.send("three", visitor.conversation)
    assert texts(ada, visitor) == ["one"]
    ben.hand_over("ada", visitor.conversation)
    settle(ada)
    assert state(ada, visitor) == "yours"
    assert texts(ada, visitor) == ["one", "two", "three"]


def test_a_chat_can_go_back_to_the_queue(
    stand: Stand, pane: AgentPane, ada: AgentPane, ben: AgentPane
) -> None:
    visitor = Visitor(stand.url)
    say(visitor, "one", pane, ada, ben)
    ada.take(visitor.conversation)
    visitor.say("two")
    ada.hand_over("agent", visitor.conversation)
    for each in (pane, ben):
        eventually(lambda each=each: texts(each, visitor) == ["one", "two"])
    eventually(lambda: state(pane, visitor) == "yours")
    eventually(lambda: state(ben, visitor) == "queue")


def test_an_answer_from_python_takes_a_chat_even_from_a_colleague(
    stand: Stand, ada: AgentPane, ben: AgentPane
) -> None:
    visitor = Visitor(stand.url)
    say(visitor, "one", ada, ben)
    ada.send("Ada here", visitor.conversation)
    ben.send("Ben here", visitor.conversation)
    settle(ada, ben)
    assert [state(each, visitor) for each in (ada, ben)] == ["Ben", "yours"]
    assert texts(ben, visitor) == ["one", "Ada here", "Ben here"]


def test_an_agent_whose_events_are_late_settles_on_the_current_state(
    stand: Stand, ada: AgentPane, ben: AgentPane
) -> None:
    visitor = Visitor(stand.url)
    say(visitor, "one", ada, ben)
    ada.take(visitor.conversation)
    settle(ada, ben)
    with stand.sandbox.faults.half_open(user="ada"):
        ben.take(visitor.conversation)
        settle(ada)
        assert state(ada, visitor) == "Ben"


def answered_at_once(stand: Stand, ada: AgentPane, ben: AgentPane) -> list[Visitor]:
    """Let two agents answer the same five visitors at the same time."""
    visitors = [Visitor(stand.url) for _ in range(5)]
    for visitor in visitors:
        visitor.say("Hello")
    settle(ada, ben)

    def answer(pane: AgentPane, name: str) -> None:
        for visitor in visitors:
            try:
                pane.send(f"{name} here", visitor.conversation)
            except ReplyFailed as error:
                assert "has this chat now" in str(error)
                pane.discard()

    with ThreadPoolExecutor() as both:
        list(both.map(answer, (ada, ben), ("Ada", "Ben")))
    settle(ada, ben)
    return visitors


def test_two_agents_who_answer_at_the_same_time_never_both_get_a_chat(
    stand: Stand, ada: AgentPane, ben: AgentPane
) -> None:
    desk = SupportDesk.open()
    for visitor in answered_at_once(stand, ada, ben):
        owner = desk.owner(visitor.conversation)
        assert owner is not None
        name = owner["_embedded"]["user"]["name"].title()
        winner, loser = (ada, ben) if name == "Ada" else (ben, ada)
        assert state(winner, visitor) == "yours"
        assert state(loser, visitor) == name


def test_an_agent_whose_chat_was_taken_can_no_longer_write_in_it(
    stand: Stand, ada: AgentPane, ben: AgentPane
) -> None:
    for visitor in answered_at_once(stand, ada, ben):
        gone, events = set(), visitor.events()
        for event in events:
            if event["type"] == "member:left":
                gone.add(event["body"]["member_id"])
            assert event["type"] != "message" or event["from"] not in gone, events


def test_after_a_lost_connection_an_agent_knows_who_has_a_chat(
    stand: Stand, ada: AgentPane, ben: AgentPane
) -> None:
    visitor = Visitor(stand.url)
    say(visitor, "one", ada, ben)
    ada.take(visitor.conversation)
    with stand.sandbox.faults.refuse(503, path="/**", user="ada"):
        stand.sandbox.faults.drop_sockets(user="ada")
        ben.take(visitor.conversation)
        visitor.say("two")
    settle(ada, ben)
    assert [state(each, visitor) for each in (ada, ben)] == ["Ben", "yours"]
    assert texts(ada, visitor) == ["one"]
