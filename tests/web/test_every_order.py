"""Whatever happens, and in whatever order: what is on the screen is what the log holds.

Each run draws some things that can happen to a chat and does one after the other. Then
everybody comes to rest, and the screens of all tabs are compared with the history.
"""

import random
import time
from collections.abc import Callable

import pytest
from people import Kit, Visitor
from playwright.sync_api import BrowserContext, expect

from livechat_helpers.support_desk import ENDED, SupportDesk

Contexts = Callable[..., BrowserContext]

RUNS, STEPS, SECONDS = 6, 7, 60
"""How many orders are tried, how long each is, and after how long no new one begins."""


class Chat:
    """A chat that things happen to.

    person: the visitor's browser. dice: decides what.
    """

    def __init__(self, kit: Kit, person: BrowserContext, dice: random.Random) -> None:
        self._kit, self._person, self._dice = kit, person, dice
        self._desk = SupportDesk.open(kit.data)
        self._agent = kit.agent()
        self.tabs = [Visitor(person, kit.url)]
        self.tabs[0].begin("First")
        self.id = self.tabs[0].conversation
        self._user = self.tabs[0].name
        self._said: list[int] = []
        self._number = 0

    def _text(self) -> str:
        self._number += 1
        return f"Message {self._number}"

    def drop(self) -> None:
        """The network is gone for a moment."""
        self._kit.faults.drop_sockets(user=self._user)

    def reload(self) -> None:
        """A tab is loaded again."""
        self._dice.choice(self.tabs).page.reload()

    def new_tab(self) -> None:
        """The only tabs there were are shut, and one is opened."""
        for tab in self.tabs:
            tab.page.close()
        self.tabs = []
        self.second_tab()

    def second_tab(self) -> None:
        """One more tab is opened."""
        tab = Visitor(self._person, self._kit.url)
        tab.launcher.click()
        self.tabs = [*self.tabs[-1:], tab]

    def visitor_writes(self) -> None:
        """The visitor sends a message, where there is still a field for one."""
        tab = self._dice.choice(self.tabs)
        if self._desk.ended(self.id) is None and tab.field.is_visible():
            tab.write(self._text())
            tab.page.wait_for_timeout(self._dice.choice([0, 300]))

    def agent_writes(self) -> None:
        """The agent sends a message."""
        id = self._agent.say(self.id, self._text())
        self._said.append(id or 0)

    def deletes(self) -> None:
        """The agent takes a message back."""
        if self._said:
            id = self._said.pop(self._dice.randrange(len(self._said)))
            self._desk.conversations.delete_event(self.id, id)

    def closes(self) -> None:
        """The agent closes the chat; more likely at last than at first."""
        if self._dice.random() < 0.4:
            self._desk.close_chat(self.id, "Solved")

    def token_ends(self) -> None:
        """The visitor's tokens end before their time."""
        self._kit.faults.expire_tokens(user=self._user, lasting=1)

    def sleeps(self) -> None:
        """The laptop sleeps: no network, and no time passes for the page."""
        self._person.set_offline(True)
        self.agent_writes()
        self._person.set_offline(False)

    def log(self) -> list[str]:
        """Return what the history holds, in its order."""
        texts = []
        for event in self._desk.conversations.events(self.id):
            if event["type"] == "message" and "text" in event["body"]:
                texts.append(event["body"]["text"])
            elif event["type"] == ENDED and "Solved" not in texts:
                texts.append("Solved")
        return texts


THINGS = [
    *("drop", "reload", "new_tab", "second_tab", "visitor_writes", "agent_writes"),
    *("visitor_writes", "deletes", "closes", "token_ends", "sleeps"),
]
SCREEN = """widget => [...widget.shadowRoot.querySelectorAll(
    'article > p:last-child, .end-mark')].map(each => each.matches('.end-mark')
        ? each.lastChild.textContent : each.textContent)"""


@pytest.mark.timeout(300)
def test_the_screen_equals_the_log_after_every_order_of_things(
    kit: Kit, context: Contexts
) -> None:
    seed = random.randrange(10**6)
    end = time.monotonic() + SECONDS
    for run in range(RUNS):
        if time.monotonic() > end:
            break
        dice = random.Random(seed + run)
        order = dice.choices(THINGS, k=STEPS)
        chat = Chat(kit, context(), dice)
        for thing in order:
            getattr(chat, thing)()
        for tab in chat.tabs:
            if not tab.panel.is_visible():
                tab.launcher.click()
            look(chat, tab, f"seed {seed + run}: {order}")
        for tab in chat.tabs:
            tab.page.close()


def look(chat: Chat, tab: Visitor, order: str) -> None:
    """Wait until a tab has come to rest, and compare it with the history."""
    waiting = tab.widget.locator("article.sending")
    until = time.monotonic() + 40
    while True:
        expect(waiting).to_have_count(0)
        shown, log = tab.widget.evaluate(SCREEN), chat.log()
        if shown == log:
            return
        assert time.monotonic() < until, (order, shown, log)
        tab.page.wait_for_timeout(200)
