"""A cell that's run repeatedly: nothing happens twice, and nothing grows."""

from collections.abc import Iterator

import pytest
from waiting import eventually

from livechat_helpers.visitor import Visitor

from .jupyter import IMPORTS
from .stand import Stand
from .test_kernels import View, number

RUNS = 50

PANE = "pane = AgentPane()\npane"
ROBOT = """
def robot(message):
    pane.send(f"You said: {message['text']}", message['conversation'])
pane.on_message(robot)
pane.on_message(lambda message: heard.append(message['text']))
None
"""


@pytest.fixture(scope="module")
def view(stand: Stand) -> Iterator[View]:
    """A kernel, and a view of the pane in it."""
    view = View([])
    view.wait_for(view.run(f"{IMPORTS}import gc, threading, weakref\nheard = []"))
    yield view
    view.close()


def frames(view: View, visitor: Visitor, text: str) -> int:
    """Return how many messages the kernel sends to views for one visitor's message."""
    view.wait_for(view.run("await pane.settle()"))
    count = len(view.all_custom)
    visitor.say(text)
    view.hear(lambda: view.heard(text))
    view.wait_for(view.run("await pane.settle()"))
    return len(view.all_custom) - count


def test_after_many_runs_a_message_costs_no_more_than_after_one(
    stand: Stand, view: View
) -> None:
    view.wait_for(view.run(PANE))
    view.open()
    visitor = Visitor(stand.url)
    visitor.say("hello")
    view.hear(lambda: number(view, visitor) is not None)
    after_one = frames(view, visitor, "after one run")
    for _ in range(RUNS):
        view.wait_for(view.run(PANE))
    view.open()
    assert frames(view, visitor, "after many runs") <= after_one
    view.wait_for(
        view.run(
            "gc.collect()\n"
            "panes = [w for w in gc.get_objects() if isinstance(w, AgentPane)\n"
            "         and type(w) not in weakref.ProxyTypes]\n"
            "loops = [t for t in threading.enumerate() if t.name == 'agent-chats']\n"
            "assert len(loops) == 1, loops\n"
            "assert sum(p.state != 'ended' for p in panes) == 1, panes"
        )
    )


def test_a_callback_that_is_registered_twice_answers_once(
    stand: Stand, view: View
) -> None:
    for _ in range(3):
        view.wait_for(view.run(ROBOT))
    view.wait_for(view.run(PANE))  # the bot stays when the pane is recreated
    visitor = Visitor(stand.url)
    visitor.say("once")
    eventually(lambda: len(visitor.messages()) > 1)
    view.wait_for(view.run("await pane.settle()\nassert heard == ['once'], heard"))
    answers = [text for who, text in visitor.messages() if who == "agent"]
    assert answers == ["You said: once"]
