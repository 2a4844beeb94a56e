"""The same chat on Matrix and on the sandbox: opening, sending, answering, memory."""

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psutil
from playwright.sync_api import Browser

from livechat_helpers.agent_pane import AgentPane
from livechat_helpers.engines import calls_of_visitor
from livechat_helpers.matrix import platforms
from tests import headless
from tests.web.people import Kit, Visitor

from .report import Figure, compared, say
from .rounds import in_turn

_SHOWS = """text =>
    document.querySelector('chat-widget').shadowRoot.textContent.includes(text)"""


@dataclass(frozen=True)
class _Round:
    """One engine's measurements from one round.

    opened: the milliseconds until a chat is open.
    to_pane: the milliseconds of a visitor's message to the pane.
    to_screen: the milliseconds of an answer to the visitor's screen.
    memory: the megabytes of the engine's process.
    """

    opened: float
    to_pane: float
    to_screen: float
    memory: float


class _Stand:
    """A visitor's page and an agent's pane on an engine."""

    def __init__(self, kit: Kit, visitor: Visitor) -> None:
        self._desk = kit.desk()
        self._pane = AgentPane(kit.desk())
        self._visitor = visitor
        self._numbers = count(1)
        self._engine = psutil.Process(kit.sandbox.pid)
        visitor.begin()
        self._room = visitor.conversation
        self._theirs = calls_of_visitor(visitor.chat, kit.data)
        self._desk.open_chat()  # Only now does the engine know the agent.

    def measured(self) -> _Round:
        """Measure everything once."""
        number = next(self._numbers)
        return _Round(
            self._opened(),
            self._to_pane(f"question {number}."),
            self._to_screen(f"answer {number}."),
            self._engine.memory_info().rss / 1e6,
        )

    def end(self) -> None:
        """Close the pane."""
        self._pane.close()

    def _opened(self) -> float:
        began = time.perf_counter()
        self._desk.open_chat()
        return _since(began)

    def _to_pane(self, text: str) -> float:
        with ThreadPoolExecutor(1) as aside:
            began = time.perf_counter()
            sent = aside.submit(self._theirs.send_text, self._room, text)
            while text not in [
                line["text"] for line in self._pane.transcript(self._room)
            ]:
                time.sleep(0.001)
            took = _since(began)
            sent.result()
        return took

    def _to_screen(self, text: str) -> float:
        began = time.perf_counter()
        self._pane.send(text, self._room)
        self._visitor.page.wait_for_function(_SHOWS, arg=text, polling=5)
        return _since(began)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


@contextmanager
def _stand(engine: str, browser: Browser) -> Iterator[_Stand]:
    with tempfile.TemporaryDirectory(prefix="engine-") as folder:
        kit = Kit(Path(folder), engine)
        try:
            stand = _Stand(kit, Visitor(browser.new_context(), kit.url))
            try:
                yield stand
            finally:
                stand.end()
        finally:
            kit.stop()


def measure(quick: bool) -> list[Figure]:
    """Return how fast a chat on Matrix is; the floor is the sandbox."""
    if why := platforms.obstacle():
        say(why[0])
        return []
    rounds = 5 if quick else 50
    say(f"matrix: {rounds} rounds on Synapse and on the sandbox")
    with (
        headless.chromium() as browser,
        _stand("matrix", browser) as matrix,
        _stand("sandbox", browser) as sandbox,
    ):
        measures = {"chat": (matrix.measured, sandbox.measured)}
        pairs = in_turn(rounds, measures)["chat"]
    return [
        compared("Matrix: a chat opens", "ms", pairs, lambda one: one.opened),
        compared(
            "Matrix: a visitor's message to the pane",
            "ms",
            pairs,
            lambda one: one.to_pane,
        ),
        compared(
            "Matrix: an agent's answer to the visitor's screen",
            "ms",
            pairs,
            lambda one: one.to_screen,
        ),
        compared("Matrix: memory of the engine", "MB", pairs, lambda one: one.memory),
    ]
