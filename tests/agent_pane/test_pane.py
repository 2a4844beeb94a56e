"""The agent pane without a browser: what it knows, shows and does."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from waiting import eventually

from livechat_helpers import places
from livechat_helpers.agent_pane import AgentPane
from livechat_helpers.agent_pane.transcript import Transcript
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.visitor import Visitor

from .stand import Stand


@pytest.fixture(scope="module")
def pane(stand: Stand) -> Iterator[AgentPane]:
    """One pane for all these tests. It starts without chats."""
    stand.sandbox.restore("empty")
    pane = AgentPane()
    yield pane
    pane.close()


def settle(*panes: AgentPane) -> None:
    for pane in panes:
        asyncio.run(pane.settle())


def greeted(stand: Stand, *panes: AgentPane) -> Visitor:
    """A new visitor, with a message that the panes have received."""
    visitor = Visitor(stand.url)
    visitor.say("Hello")
    settle(*panes)
    return visitor


def of(pane: AgentPane, visitor: Visitor) -> dict[str, Any]:
    """A visitor's chat, as the pane lists it."""
    found = [one for one in pane.conversations if one["id"] == visitor.conversation]
    assert len(found) == 1
    return found[0]


def texts(pane: AgentPane, visitor: Visitor) -> list[str]:
    return [one["text"] for one in pane.transcript(visitor.conversation)]


def said(visitor: Visitor) -> list[str]:
    return [text for _, text in visitor.messages()]


def test_visitor_and_agent_read_each_other(stand: Stand, pane: AgentPane) -> None:
    visitor = Visitor(stand.url)
    visitor.say("Hello? I can't log in & <b>x</b>")
    assert pane.wait_for("Hello?") == "visitor: Hello? I can't log in & <b>x</b>"
    assert pane.send("Let me see.") == "agent: Let me see."
    assert visitor.wait_for("Let me see.") == "Let me see."
    lines = [f"{who}: {text}" for who, text in visitor.messages()]
    assert repr(pane.transcript()) == "\n".join(lines)


def test_waiting_for_a_message_that_never_comes_ends(pane: AgentPane) -> None:
    with pytest.raises(TimeoutError, match="No message with 'never'"):
        pane.wait_for("never", seconds=0.1)


def test_the_queue_shows_who_waits_and_whats_unread(
    stand: Stand, pane: AgentPane
) -> None:
    first, second = Visitor(stand.url), Visitor(stand.url)
    first.say("I was first")
    second.say("I was second")
    second.say("Is anybody there?")
    settle(pane)
    assert of(pane, first)["last"] == "visitor: I was first"
    assert [of(pane, one)["unread"] for one in (first, second)] == [1, 2]
    assert of(pane, first)["waiting_since"] < of(pane, second)["waiting_since"]
    order = [chat["id"] for chat in pane.conversations]
    assert order.index(first.conversation) < order.index(second.conversation)
    pane.send("I am here", second.conversation)
    settle(pane)
    assert of(pane, second)["unread"] == 0
    assert of(pane, second)["waiting_since"] == ""
    order = [chat["id"] for chat in pane.conversations]
    assert order.index(first.conversation) < order.index(second.conversation)


def test_settle_waits_for_all_pending_work(stand: Stand, pane: AgentPane) -> None:
    visitor = Visitor(stand.url)
    for number in range(20):
        visitor.say(f"line {number}")
    settle(pane)
    assert texts(pane, visitor) == [f"line {number}" for number in range(20)]
    # The receipts have been sent, too, and have come back.
    receipts = [e for e in visitor.events() if e["type"] == "message:delivered"]
    assert len(receipts) == 20


def test_settle_says_what_it_waited_for(stand: Stand, pane: AgentPane) -> None:
    greeted(stand, pane)
    with (
        stand.sandbox.faults.hang(path="/*/users/*/conversations"),
        pytest.raises(TimeoutError, match=r"After 0\.3 s"),
    ):
        asyncio.run(pane.settle(0.3))


def test_a_visitor_sees_what_has_arrived_and_what_was_read(
    stand: Stand, pane: AgentPane
) -> None:
    visitor = Visitor(stand.url)
    said = visitor.say("Are you there?")
    settle(pane)
    agent = visitor.chat["agent"]["id"]
    stored = {event["id"]: event for event in visitor.events()}
    assert list(stored[said["id"]]["state"]["delivered_to"]) == [agent]
    assert "seen_by" not in stored[said["id"]]["state"]
    pane.read(visitor.conversation)
    settle(pane)
    stored = {event["id"]: event for event in visitor.events()}
    assert list(stored[said["id"]]["state"]["seen_by"]) == [agent]
    assert of(pane, visitor)["unread"] == 0


def test_the_agent_sees_whether_an_answer_was_delivered_and_seen(
    stand: Stand, pane: AgentPane
) -> None:
    visitor = greeted(stand, pane)
    pane.send("Hello to you", visitor.conversation)
    answer = pane.transcript(visitor.conversation)[-1]
    assert answer["mark"] == ""
    for mark in ("delivered", "seen"):
        give_receipt(visitor, mark, answer["id"])
        settle(pane)
        assert pane.transcript(visitor.conversation)[-1]["mark"] == mark


def give_receipt(visitor: Visitor, mark: str, event: int) -> None:
    receipt = {"type": f"message:{mark}", "body": {"event_id": event}}
    visitor._conversations.send_event(visitor.conversation, receipt)


def type_(visitor: Visitor, is_typing: bool) -> None:
    event = {"type": "ephemeral", "body": {"typing": is_typing}}
    visitor._conversations.send_event(visitor.conversation, event)


def test_typing_is_shown_until_the_message_arrives(
    stand: Stand, pane: AgentPane
) -> None:
    visitor = greeted(stand, pane)
    type_(visitor, True)
    eventually(lambda: of(pane, visitor)["typing"])
    visitor.say("Done")
    settle(pane)
    assert not of(pane, visitor)["typing"]


def test_typing_ends_without_further_signals(
    stand: Stand, pane: AgentPane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livechat_helpers.agent_pane.chats.TYPING", 0.5)
    visitor = greeted(stand, pane)
    told: list[bool] = []  # a busy machine may not look while it's shown

    def hear(change: dict[str, Any]) -> None:
        chats = {one["id"]: one for one in change["new"]}
        told.append(chats[visitor.conversation]["typing"])

    pane.observe(hear, "conversations")
    type_(visitor, True)
    eventually(lambda: True in told)
    eventually(lambda: not of(pane, visitor)["typing"])
    pane.unobserve(hear, "conversations")


def test_the_visitor_sees_the_agent_typing(stand: Stand, pane: AgentPane) -> None:
    visitor = greeted(stand, pane)
    with stand.sandbox.faults.refuse(
        500, path="/*/conversations/*/events", method="POST", times=1
    ) as watched:
        pane.typing(True, visitor.conversation)
        settle(pane)
        assert watched.met == 1  # it was sent, but isn't stored anywhere


def test_a_note_is_stored_and_never_sent(stand: Stand, pane: AgentPane) -> None:
    visitor = greeted(stand, pane)
    pane.note("Likes cats", visitor.conversation)
    pane.send("Hello", visitor.conversation)
    settle(pane)
    assert "Likes cats" not in str(list(visitor.events()))
    assert texts(pane, visitor) == ["Hello", "Hello"]
    assert repr(pane.transcript(visitor.conversation, notes=True)) == (
        "visitor: Hello\nnote: Likes cats\nagent: Hello"
    )
    [file] = (places.data_dir() / "notes").glob("*.jsonl")
    assert file.stat().st_mode & 0o077 == 0


def test_search_ignores_case(stand: Stand, pane: AgentPane) -> None:
    visitor = greeted(stand, pane)
    visitor.say("My LAMP hums")
    pane.send("Which lamp is it?", visitor.conversation)
    settle(pane)
    found = pane.search("lamp", visitor.conversation)
    assert repr(found) == "visitor: My LAMP hums\nagent: Which lamp is it?"
    assert pane.search("My LAMP")[-1]["visitor"] == of(pane, visitor)["visitor"]


def test_a_transcript_is_data_and_text_and_html(stand: Stand, pane: AgentPane) -> None:
    visitor = Visitor(stand.url)
    visitor.say("<script>alert(1)</script>")
    settle(pane)
    transcript = pane.transcript(visitor.conversation)
    [line] = transcript
    assert line["who"] == "visitor"
    assert line["visitor"] == of(pane, visitor)["visitor"]
    day, row = transcript.text().splitlines()
    assert day == line["at"][:10]
    time = line["at"][11:16]
    assert row == f"{time} {line['name']}: <script>alert(1)</script>"
    assert "<script>" not in transcript.html()
    assert "&lt;script&gt;" in transcript.html()
    assert "<b>" not in Transcript([{**line, "name": "<b>"}]).html()


def test_a_chat_is_named_after_its_visitor(stand: Stand, pane: AgentPane) -> None:
    visitor = greeted(stand, pane)
    greeted(stand, pane)
    name = visitor.chat["user"]["display_name"]
    pane.send("This is for you", name)
    assert said(visitor)[-1] == "This is for you"
    with pytest.raises(LookupError, match="There is no chat 'nobody'"):
        pane.send("Hello?", "nobody")


def test_a_callback_gets_what_visitors_write(stand: Stand, pane: AgentPane) -> None:
    visitor = greeted(stand, pane)
    heard: list[str] = []

    async def listen() -> None:
        async def hear(message: dict[str, Any]) -> None:
            await asyncio.sleep(0)  # it runs on this loop, so it can wait for it
            heard.append(message["text"])

        end = pane.on_message(hear)
        visitor.say("one")
        await pane.settle()
        pane.send("not this", visitor.conversation)
        await pane.settle()
        end()
        visitor.say("two")
        await pane.settle()

    asyncio.run(listen())
    assert heard == ["one"]


def test_a_callback_works_without_a_loop_and_may_answer(
    stand: Stand, pane: AgentPane
) -> None:
    visitor = greeted(stand, pane)
    end = pane.on_message(lambda it: pane.send("Thanks", it["conversation"]))
    visitor.say("one")
    settle(pane)
    end()
    assert said(visitor) == ["Hello", "one", "Thanks"]


def test_an_error_in_a_callback_is_reported(stand: Stand, pane: AgentPane) -> None:
    visitor = greeted(stand, pane)

    def wrong(message: dict[str, Any]) -> None:
        raise ValueError("no such thing")

    end = pane.on_message(wrong)
    visitor.say("one")
    settle(pane)
    end()
    assert "wrong() failed in line" in pane.problems[-1]
    assert "no such thing" in pane.problems[-1]
    pane.send("It goes on", visitor.conversation)


def test_a_chat_is_closed_with_a_reason(stand: Stand, pane: AgentPane) -> None:
    visitor = greeted(stand, pane)
    pane.close_chat("All is well", visitor.conversation)
    settle(pane)
    assert of(pane, visitor)["state"] == "ended"
    assert pane.search("The chat was closed: All is well", visitor.conversation)
    with pytest.raises(RuntimeError, match="The chat has ended"):
        pane.send("One more thing", visitor.conversation)
    pane.discard()
    assert pane.unsent == []


def test_a_visitor_who_leaves_is_shown_as_gone(stand: Stand, pane: AgentPane) -> None:
    visitor = greeted(stand, pane)
    member = visitor.chat["member"]["id"]
    SupportDesk.open().conversations.leave(visitor.conversation, member)
    settle(pane)
    assert of(pane, visitor)["state"] == "ended"
    assert pane.search("has left the chat", visitor.conversation)


def test_a_rating_is_shown(stand: Stand, pane: AgentPane) -> None:
    visitor = greeted(stand, pane)
    rating = {"type": "custom:rating", "body": {"stars": 4, "comment": "Quick"}}
    visitor._conversations.send_event(visitor.conversation, rating)
    settle(pane)
    assert pane.search("gave 4 of 5 stars: Quick", visitor.conversation)


def test_a_deleted_conversation_is_gone(stand: Stand, pane: AgentPane) -> None:
    visitor = greeted(stand, pane)
    SupportDesk.open().conversations.delete(visitor.conversation)
    eventually(lambda: not missing(pane, visitor))


def missing(pane: AgentPane, visitor: Visitor) -> bool:
    settle(pane)
    pane._ask(pane._chats._catch_up())
    return visitor.conversation in [chat["id"] for chat in pane.conversations]


def test_two_visitors_are_never_mixed_up(stand: Stand, pane: AgentPane) -> None:
    visitors = [Visitor(stand.url), Visitor(stand.url)]
    for number in range(10):
        for who, visitor in enumerate(visitors):
            visitor.say(f"visitor {who}, line {number}")
    settle(pane)
    for who, visitor in enumerate(visitors):
        pane.send(f"for visitor {who}", visitor.conversation)
    for who, visitor in enumerate(visitors):
        expected = [f"visitor {who}, line {number}" for number in range(10)]
        assert texts(pane, visitor) == [*expected, f"for visitor {who}"]
        assert said(visitor) == texts(pane, visitor)


def test_a_pane_reads_the_same_in_every_run(pane: AgentPane) -> None:
    words = "AgentPane: run this cell to see the visitors' chats here"
    assert repr(pane) == words
    shown, _ = pane._repr_mimebundle_()
    assert shown["text/plain"] == words
    assert shown["application/vnd.jupyter.widget-view+json"]["model_id"]
