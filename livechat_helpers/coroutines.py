"""Run an ``async def`` to completion from code that can't await it."""

import asyncio
import functools
import inspect
import threading
from collections.abc import Callable, Coroutine
from typing import Any


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function so that it can be called without ``await``.

    function: an ``async def`` or an ordinary function.
    """

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        return settled(function(*arguments, **named))

    return call


def settled(value: Any) -> Any:
    """Return a value unchanged, or run it and return its result if it's a coroutine."""
    return in_a_thread(value) if inspect.iscoroutine(value) else value


def in_a_thread(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a new event loop, even where one is running, as in a notebook.

    Raises:
        BaseException: whatever the coroutine raises.
    """
    results: list[Any] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(asyncio.run(coroutine))
        except BaseException as error:
            errors.append(error)

    # A daemon thread: if the coroutine hangs, the notebook's process can still exit.
    thread = threading.Thread(target=run, daemon=True, name="answer")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
