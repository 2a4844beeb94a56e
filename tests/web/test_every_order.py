"""No matter what happens, and in which order, every screen shows what's in the log.

Each run picks random things that can happen to a chat, and does one after the other. At
the end, it compares the visitor's tabs and the agent's windows with the history. A
failure names its seed: set ``SEED`` to try it again.
"""

import os
import random
import time
from collections.abc import Callable

import pytest
from people import AgentPage, Kit, Visitor
from playwright.sync_api import BrowserContext, Locator, expect

from livechat_helpers.agent_links import link_code
from livechat_helpers.support_desk import ENDED, FRONT_DESK

Contexts = Callable[..., BrowserContext]

# These tests have no second try: a message that's lost once is lost.
pytestmark = pytest.mark.flaky(reruns=0)

STEPS = 8
"""The number of things that happen in a run."""

MOST_SCREENS = 2
"""The maximum number of the visitor's tabs, and of the agent's windows."""


class Chat:
    """A chat that things happen to.

    person, agent: the visitor's browser and the agent's. dice: decides what happens.
    """

    def __init__(
        self,
        kit: Kit,
        person: BrowserContext,
        agent: BrowserContext,
        dice: random.Random,
    ) -> None:
        self._kit, self._person, self._dice = kit, person, dice
        self._browser_of_agent = agent
        self._desk = kit.desk()
        self.tabs = [Visitor(person, kit.url)]
        self.tabs[0].begin("First")
        self.id = self.tabs[0].conversation
        self._user, self._title = (
            self.tabs[0].chat["user"][each] for each in ("name", "display_name")
        )
        self.windows = [AgentPage(agent, kit.url, link_code(kit.data))]
        self._choose(self.windows[0])
        self._number = 0

    def _text(self) -> str:
        self._number += 1
        return f"Message {self._number}"

    def _choose(self, window: AgentPage) -> None:
        """Show the chat in a window of the agent's, whether it's open or ended."""
        window.search.fill(self._title)
        row = window.page.locator(f"[id='row-{self.id}']")
        ended = window.page.get_by_text("Ended", exact=True)
        expect(row.or_(ended).first).to_be_visible()
        if not row.is_visible():
            ended.click()
        row.click()

    def drop(self) -> None:
        """The visitor's network fails for a moment."""
        self._drop(self._person, self._user)

    def agent_drops(self) -> None:
        """The agent's network fails for a moment."""
        self._drop(self._browser_of_agent, FRONT_DESK)

    def _drop(self, browser: BrowserContext, user: str) -> None:
        if self._kit.engine == "sandbox":
            self._kit.faults.drop_sockets(user=user)
        else:
            browser.set_offline(True)
            browser.set_offline(False)

    def reload(self) -> None:
        """A visitor's tab is reloaded."""
        self._dice.choice(self.tabs).page.reload()

    def agent_reloads(self) -> None:
        """An agent's window is reloaded."""
        window = self._dice.choice(self.windows)
        window.page.reload()
        self._choose(window)

    def new_tab(self) -> None:
        """All tabs are closed, and a new one is opened."""
        for tab in self.tabs:
            tab.page.close()
        self.tabs = []
        self.second_tab()

    def second_tab(self) -> None:
        """Another tab is opened."""
        tab = Visitor(self._person, self._kit.url)
        tab.launcher.click()
        self.tabs = [*self.tabs, tab][-MOST_SCREENS:]

    def second_window(self) -> None:
        """The agent opens another window."""
        window = AgentPage(self._browser_of_agent, self._kit.url)
        self._choose(window)
        self.windows = [*self.windows, window][-MOST_SCREENS:]

    def visitor_writes(self) -> None:
        """The visitor sends a message, if there's still a field for it."""
        tab = self._dice.choice(self.tabs)
        if self._desk.ended(self.id) is None and tab.field.is_visible():
            tab.write(self._text())
            tab.page.wait_for_timeout(self._dice.choice([0, 300]))

    def agent_answers(self) -> None:
        """The agent sends a message from a window, if there's a field for it."""
        window = self._dice.choice(self.windows)
        if self._desk.ended(self.id) is None and window.field.is_visible():
            window.write(self._text())

    def another_client_writes(self) -> None:
        """The agent sends a message from a notebook."""
        agent = self._desk.owner(self.id)
        assert agent is not None
        text, member = self._text(), agent["id"]
        self._desk.conversations.send_text(self.id, text, member=member)

    def deletes(self) -> None:
        """Any message except the first is deleted."""
        written = [event["id"] for event in self._messages()[1:]]
        if written:
            self._desk.conversations.delete_event(self.id, self._dice.choice(written))

    def closes(self) -> None:
        """The agent closes the chat, more likely late than early."""
        if self._dice.random() < 0.4:
            self._desk.close_chat(self.id, "Solved")

    def token_ends(self) -> None:
        """The visitor's tokens expire early."""
        self._kit.end_tokens(self._user)

    def agents_token_ends(self) -> None:
        """The agent's tokens expire early."""
        self._kit.end_tokens(FRONT_DESK)

    def sleeps(self) -> None:
        """A laptop sleeps: there's no network, and no time passes for its pages."""
        laptop = self._dice.choice([self._person, self._browser_of_agent])
        laptop.set_offline(True)
        self.another_client_writes()
        laptop.set_offline(False)

    def _messages(self) -> list[dict]:
        """Return the messages that aren't deleted."""
        return [
            event
            for event in self._desk.conversations.events(self.id, event_type="message")
            if "deleted" not in event["body"].get("timestamp", {})
        ]

    def log(self) -> list[str]:
        """Return what's in the history, in order."""
        end = self._desk.ended(self.id)
        said = self._messages() + ([end] if end else [])
        said.sort(key=lambda event: event["id"])
        return [
            event["body"]["reason" if event["type"] == ENDED else "text"]
            for event in said
        ]


OF_VISITOR = ["drop", "reload", "new_tab", "second_tab", "token_ends", "visitor_writes"]
OF_AGENT = ["agent_drops", "agent_reloads", "second_window", "agents_token_ends"]
OF_BOTH = ["agent_answers", "another_client_writes", "deletes", "closes", "sleeps"]
THINGS = [*OF_VISITOR, *OF_AGENT, *OF_BOTH, "visitor_writes", "deletes"]
SCREEN = """widget => [...widget.shadowRoot.querySelectorAll(
    'article > p:last-child, .end-mark')].map(each => each.matches('.end-mark')
        ? each.lastChild.textContent : each.textContent)"""


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("engine", "runs"),
    [
        pytest.param("sandbox", 1, id="one"),
        pytest.param("sandbox", 40, id="many", marks=pytest.mark.weekly),
        pytest.param("matrix", 10, id="on_matrix", marks=pytest.mark.weekly),
    ],
)
def test_the_screens_match_the_log_after_every_order_of_events(
    kit_on: Callable[[str], Kit], context: Contexts, engine: str, runs: int
) -> None:
    kit = kit_on(engine)
    first = int(os.environ.get("SEED", random.randrange(10**6)))
    for seed in range(first, first + runs):
        dice = random.Random(seed)
        order = dice.choices(THINGS, k=STEPS)
        person, agent = context(), context()
        chat = Chat(kit, person, agent, dice)
        for thing in order:
            getattr(chat, thing)()
        for tab in chat.tabs:
            expect(tab.launcher).to_be_visible()  # so the window is open, or it isn't
            if not tab.panel.is_visible():
                tab.launcher.click()
            look(chat, tab.widget, f"A tab of the visitor, seed {seed}: {order}")
        for window in chat.windows:
            widget = window.page.locator("chat-widget:not([hidden])")
            look(chat, widget, f"A window of the agent, seed {seed}: {order}")
        person.close()
        agent.close()


def look(chat: Chat, widget: Locator, whose: str) -> None:
    """Wait until a screen stops changing, and compare it with the history."""
    waiting = widget.locator("article.sending")
    until = time.monotonic() + 120
    while True:
        expect(waiting).to_have_count(0)
        shown, log = widget.evaluate(SCREEN), chat.log()
        if shown == log:
            return
        assert time.monotonic() < until, (whose, shown, log)
        widget.page.wait_for_timeout(200)
