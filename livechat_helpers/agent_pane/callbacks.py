"""The notebook's own functions, which are called with every message from a visitor."""

import inspect
import traceback
from collections.abc import Callable
from typing import Any

from .background import Home
from .cell import CellRun, running_cell
from .chat import Chat, Line
from .chats import AgentChats, Listener
from .transcript import Record, record


class Callback(Listener):
    """A function or coroutine function, called on the loop it belongs to.

    The chats' loop only passes messages on: to the loop that was running when the
    callback was given, or to a thread if there wasn't one. If a callback on the chats'
    loop waited for something from them, it would wait forever.

    chats: report new messages, and are told about failures.
    function: called with each message.
    """

    def __init__(self, chats: AgentChats, function: Callable[[Record], Any]) -> None:
        self._chats = chats
        self._function = function
        self._home = Home()
        self.cell: CellRun | None = running_cell()

    def replaces(self, earlier: "Callback") -> bool:
        """Return whether an earlier callback is an older version of this one.

        It is if the same cell gave it in an earlier run, or if it has the same name.
        Functions without a name are compared by their code.
        """
        if self.cell is not None and self.cell.repeats(earlier.cell):
            return True
        return _identity(self._function) == _identity(earlier._function)

    def arrived(self, chat: Chat, line: Line) -> None:
        """Pass on a message from a visitor."""
        if line.who == "visitor":
            self._chats.background.doing += 1
            message = record(chat, line)
            self._home.run(lambda: self._call(message))

    async def _call(self, message: Record) -> None:
        try:
            answer = self._function(message)
            if inspect.isawaitable(answer):
                await answer
        except Exception as error:
            line = traceback.extract_tb(error.__traceback__)[-1].lineno
            name = getattr(self._function, "__name__", "The callback")
            problem = f"{name}() failed in line {line}: {error!r}"
            self._chats.background.call(lambda: self._chats.problem(problem))
        finally:
            self._chats.background.call(self._chats.background.done)


class Callbacks:
    """The callbacks for one agent's chats.

    chats: report new messages.
    """

    def __init__(self, chats: AgentChats) -> None:
        self._chats = chats
        self._all: list[Callback] = []

    def add(self, function: Callable[[Record], Any]) -> Callback:
        """Call a function from now on, replacing any earlier version of it."""
        callback = Callback(self._chats, function)
        for earlier in [one for one in self._all if callback.replaces(one)]:
            self.remove(earlier)
        self._all.append(callback)
        self._chats.background.call(lambda: self._chats.listen(callback))
        return callback

    def remove(self, callback: Callback) -> None:
        """Stop calling a function."""
        if callback in self._all:
            self._all.remove(callback)
            self._chats.background.call(lambda: self._chats.unlisten(callback))


def _identity(function: Callable[[Record], Any]) -> object:
    name = getattr(function, "__qualname__", "<")
    if "<" not in name and inspect.isfunction(function):
        return function.__module__, name
    if inspect.isfunction(function) and function.__closure__ is None:
        return function.__code__
    return function
