"""The notebook's own functions, called with every message a visitor writes."""

import asyncio
import inspect
import traceback
from collections.abc import Callable
from typing import Any

from .chat import Chat, Line
from .chats import AgentChats, Listener
from .transcript import Record, record


class Callback(Listener):
    """A function, or a coroutine function, that is called where it belongs.

    The loop of the chats only hands over: to the loop that runs where the callback was
    given, or to a thread where there is none. On that loop of the chats a callback
    that waits would wait for ever.

    chats: tell what has come, and are told what has failed. function: gets a message.
    """

    def __init__(self, chats: AgentChats, function: Callable[[Record], Any]) -> None:
        self._chats = chats
        self._function = function
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None

    def arrived(self, chat: Chat, line: Line) -> None:
        """Hand a visitor's message over."""
        if line.who != "visitor":
            return
        call = self._call(record(chat, line))
        self._chats.background.doing += 1
        if self._loop is None:
            here = asyncio.get_running_loop()
            here.run_in_executor(None, asyncio.run, call)
        else:
            asyncio.run_coroutine_threadsafe(call, self._loop)

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
