"""Run an ``async def`` to its end from code that can't await it."""

import asyncio
import functools
import inspect
import threading
from collections.abc import Callable, Coroutine
from typing import Any


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that can be called without ``await``.

    function: an ``async def``, or a function like any other.
    """

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        return settled(function(*arguments, **named))

    return call


def settled(value: Any) -> Any:
    """Return a value; that of a coroutine after running it to its end."""
    return in_a_thread(value) if inspect.iscoroutine(value) else value


def in_a_thread(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a loop of its own, even where a loop runs, as in a notebook.

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

    # A daemon: if the coroutine hangs, neither the notebook nor its end waits for it.
    thread = threading.Thread(target=run, daemon=True, name="answer")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
