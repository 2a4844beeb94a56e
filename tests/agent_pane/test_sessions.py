"""Panes that open, close and open again: the log has everything."""

from pathlib import Path

import pytest

from livechat_helpers.agent_pane import AgentPane
from livechat_helpers.settings import SettingsError
from livechat_helpers.visitor import Visitor

from .stand import Stand
from .test_pane import greeted, of, said, settle, texts


@pytest.fixture(scope="module", autouse=True)
def few_chats(stand: Stand) -> None:
    """Forget the chats of other modules."""
    stand.sandbox.restore("empty")


def test_there_is_nobody_to_answer_until_somebody_writes(stand: Stand) -> None:
    stand.sandbox.restore("empty")
    pane = AgentPane()
    assert pane.transcript() == []
    assert pane.conversations == []
    with pytest.raises(LookupError, match="nobody to answer"):
        pane.send("Is there anybody?")
    pane.close()


def test_another_notebook_shows_everything_again(stand: Stand, pane: AgentPane) -> None:
    visitor = greeted(stand, pane)
    pane.note("Likes cats", visitor.conversation)
    pane.send("Hello", visitor.conversation)
    visitor.say("Bye")
    settle(pane)
    before = pane.transcript(visitor.conversation, notes=True)
    chat = of(pane, visitor)
    pane.close()
    again = AgentPane()
    assert again.transcript(visitor.conversation, notes=True) == before
    assert of(again, visitor) == chat
    again.close()


def test_a_pane_that_opens_late_has_the_history(stand: Stand) -> None:
    visitor = Visitor(stand.url)
    for number in range(120):  # more than one page of the event list
        visitor.say(f"line {number}")
    pane = AgentPane()
    assert texts(pane, visitor) == [f"line {number}" for number in range(120)]
    pane.close()


def test_two_panes_in_one_kernel_show_the_same_and_double_nothing(
    stand: Stand, pane: AgentPane
) -> None:
    visitor = greeted(stand, pane)
    second = AgentPane()
    second.send("From the second", visitor.conversation)
    pane.send("From the first", visitor.conversation)
    settle(pane, second)
    assert texts(pane, visitor) == ["Hello", "From the second", "From the first"]
    assert texts(second, visitor) == texts(pane, visitor) == said(visitor)
    second.close()
    assert pane.send("Still here", visitor.conversation) == "agent: Still here"


def test_a_pane_that_is_closed_says_so(stand: Stand) -> None:
    pane = AgentPane()
    pane.close()
    pane.close()
    assert pane.state == "ended"
    with pytest.raises(RuntimeError, match="This pane is closed"):
        pane.send("Hello?")


def test_without_an_application_the_pane_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVECHAT_HOME", str(tmp_path))
    with pytest.raises(SettingsError, match="There is no application yet"):
        AgentPane()
