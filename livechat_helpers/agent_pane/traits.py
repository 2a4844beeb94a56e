"""The pane's traits, and how observers receive changes.

A trait is read from the chats whenever somebody asks, so it's never out of date, even
while a cell blocks the notebook. Observers run on the notebook's own loop, like all of
its code. If an observer on the chats' loop waited for something from them, it would
wait forever.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import traitlets
from traitlets.utils.bunch import Bunch

from .background import Home
from .chat import Change, Chat
from .chats import AgentChats, Listener
from .transcript import Record, chat_record

_PAUSE = 0.1  # seconds in which changes are combined into one


class ReadTrait(traitlets.TraitType[Any, Any]):
    """A trait that is read on demand and can't be set.

    read: returns the value, given the object.
    help: describes the trait.
    """

    def __init__(self, read: Callable[[Any], Any], help: str) -> None:
        super().__init__(read_only=True, help=help)
        self._value_of = read

    def get(self, obj: Any, cls: Any = None) -> Any:
        """Return the current value."""
        return self._value_of(obj)


def records(chats: AgentChats) -> list[Record]:
    """Return a dictionary per chat, most urgent first; call this on the chats' loop."""
    return [chat_record(chat) for chat in sorted(chats.known(), key=by_urgency)]


def count_unread(chats: AgentChats) -> int:
    """Return how many visitors' messages nobody has seen.

    Call this on the chats' loop.
    """
    return sum(chat.unread for chat in chats.known())


def by_urgency(chat: Chat) -> tuple[bool, str]:
    """Return a sort key for chats, with the longest wait first."""
    return (not chat.waiting_since, chat.waiting_since)


class Observed(Listener):
    """Notifies the observers of ``state``, ``unread`` and ``conversations``.

    chats: the chats to observe.
    notify: called with each change, in traitlets' form.
    """

    def __init__(self, chats: AgentChats, notify: Callable[[Bunch], object]) -> None:
        self._chats = chats
        self._notify = notify
        self._home = Home()
        self._told: dict[str, Any] = {}
        self._timer: asyncio.TimerHandle | None = None

    def chat_changed(self, chat: Chat, change: Change, key: str | None) -> None:
        """Check soon for differences."""
        self._soon()

    def chat_gone(self, chat: Chat) -> None:
        """Check soon for differences."""
        self._soon()

    def state_changed(self) -> None:
        """Check soon for differences; at the end, immediately."""
        if self._chats.state == "ended":
            self._look()
        else:
            self._soon()

    def _soon(self) -> None:
        if self._timer is None and self._chats.state != "ended":
            loop = self._chats.background.loop
            self._timer = loop.call_later(_PAUSE, self._look)

    def _look(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = {
            "state": self._chats.state,
            "unread": count_unread(self._chats),
            "conversations": records(self._chats),
        }
        changed = {
            name: new for name, new in now.items() if new != self._told.get(name)
        }
        before = dict(self._told)
        if changed:
            self._home.run(lambda: self._tell(changed, before))
        self._told = now

    async def _tell(self, changed: dict[str, Any], old: dict[str, Any]) -> None:
        for name, new in changed.items():
            self._notify(
                Bunch(name=name, old=old.get(name), new=new, type="change", owner=None)
            )
