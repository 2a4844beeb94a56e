"""The notebook's own functions, called with every message a visitor writes."""

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
    """A function, or a coroutine function, that is called where it belongs.

    The loop of the chats only hands over: to the loop that runs where the callback was
    given, or to a thread where there isn't one. On that loop of the chats a callback
    that waits would never end.

    chats: report what has come, and hear what has failed. function: gets a message.
    """

    def __init__(self, chats: AgentChats, function: Callable[[Record], Any]) -> None:
        self._chats = chats
        self._function = function
        self._home = Home()
        self.cell: CellRun | None = running_cell()

    def replaces(self, earlier: "Callback") -> bool:
        """Return whether an earlier callback is this one, given again.

        It is if the same cell gave it in an earlier run, or if it has the same name;
        a function without a name of its own is told by what it does.
        """
        if self.cell is not None and self.cell.repeats(earlier.cell):
            return True
        return _identity(self._function) == _identity(earlier._function)

    def arrived(self, chat: Chat, line: Line) -> None:
        """Hand a visitor's message over."""
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
    """The callbacks of one agent's chats.

    chats: tell them what has come.
    """

    def __init__(self, chats: AgentChats) -> None:
        self._chats = chats
        self._all: list[Callback] = []

    def add(self, function: Callable[[Record], Any]) -> Callback:
        """From now on, call a function instead of its earlier version."""
        callback = Callback(self._chats, function)
        for earlier in [one for one in self._all if callback.replaces(one)]:
            self.remove(earlier)
        self._all.append(callback)
        self._chats.background.call(lambda: self._chats.listen(callback))
        return callback

    def remove(self, callback: Callback) -> None:
        """Call a function no more."""
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
