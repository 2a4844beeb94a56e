"""Wrong arguments: one sentence each, raised close to the mistake."""

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from livechat_helpers.agent_pane import AgentPane
from livechat_helpers.visitor import Visitor

from .stand import Stand

MISTAKES: dict[str, Callable[[Any], object]] = {
    "reason has 300 characters": lambda pane: pane.close_chat("r" * 300),
    "text is empty": lambda pane: pane.send("   "),
    "text must be a string, not 5": lambda pane: pane.send(5),
    "note must be|text is empty": lambda pane: pane.note(" \n"),
    "seconds must be a number": lambda pane: pane.wait_for("a", seconds="2"),
    "seconds is -1": lambda pane: pane.wait_for("a", seconds=-1),
    "takes one message, not None": lambda pane: pane.on_message(None),
    "must take one argument": lambda pane: pane.on_message(lambda: None),
    "to is empty": lambda pane: pane.hand_over(""),
    "text must be a string, not None": lambda pane: pane.search(None),
    "seconds must be a number, not '9'": lambda pane: pane.settle("9").send(None),
    "labels must be a list": lambda pane: pane.sort("vip"),
    "a desk, not a name": lambda pane: AgentPane("ada"),  # pyright: ignore[reportArgumentType]
    "canned must be a list": lambda pane: AgentPane(canned="Hello"),
}


def test_each_mistake_is_explained_in_one_sentence(
    stand: Stand, pane: AgentPane
) -> None:
    Visitor(stand.url).say("Hello")
    pane.wait_for("Hello")
    for words, make in MISTAKES.items():
        with pytest.raises((TypeError, ValueError), match=words) as caught:
            make(pane)
        assert "\n" not in str(caught.value)
        assert len(traceback.extract_tb(caught.value.__traceback__)) <= 5
        assert pane.unsent == []


def test_a_chat_can_only_be_handed_over_to_an_agent(
    stand: Stand, pane: AgentPane
) -> None:
    visitor = Visitor(stand.url)
    visitor.say("Who has me?")
    pane.wait_for("Who has me?")
    with pytest.raises(LookupError, match=r"no agent 'bne'.* ada, ben, and agent"):
        pane.hand_over("bne", visitor.conversation)
    [chat] = [c for c in pane.conversations if c["id"] == visitor.conversation]
    assert chat["state"] == "yours"
    pane.hand_over("Ben", visitor.conversation)  # as the pane writes them
    [chat] = [c for c in pane.conversations if c["id"] == visitor.conversation]
    assert chat["owner"] == "Ben"


def test_a_reply_that_has_not_failed_cannot_be_retried(pane: AgentPane) -> None:
    for act in (pane.retry, pane.discard):
        with pytest.raises(LookupError, match="No failed reply has the key 'nope'"):
            act("nope")
