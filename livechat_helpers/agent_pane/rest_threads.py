"""Vonage's REST calls for an event loop, in threads that each have a client.

The SDK's client blocks until it gets an answer, and isn't made for use by several
threads.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from requests.exceptions import RequestException
from vonage_http_client.errors import HttpRequestError

from livechat_helpers.support_desk import SupportDesk

Answer = TypeVar("Answer")

_THREADS = 4  # so that a call that hangs doesn't block the others

TROUBLE = (HttpRequestError, RequestException, OSError)
"""The errors of a call that fails."""


class Calls:
    """The calls of one support desk.

    desk: the desk; only the thread that created it may use it directly.
    """

    def __init__(self, desk: SupportDesk) -> None:
        self._desk = desk
        self._here = threading.local()
        self._pool = ThreadPoolExecutor(_THREADS, "agent-calls", self._open)

    def _open(self) -> None:
        self._here.desk = self._desk.of(self._desk.agent_name)

    async def __call__(self, what: Callable[[SupportDesk], Answer]) -> Answer:
        """Call a function with a thread's own desk, and return its result."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: what(self._here.desk))

    def close(self) -> None:
        """End the threads; calls still waiting for one are dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def in_words(error: Exception) -> str:
    """Return a sentence that says why a call failed."""
    if not isinstance(error, HttpRequestError):
        request = getattr(error, "request", None)
        return f"{_server(getattr(request, 'url', None))} doesn't answer."
    response = error.response
    detail = response.reason
    with suppress(ValueError, AttributeError):
        body = response.json()
        said = body.get("detail") or body.get("title") or body.get("error")
        detail = said or detail
    return f"{_server(response.url)} answers {response.status_code}: {detail}"


def _server(url: str | None) -> str:
    """Return the name of the server that a URL belongs to."""
    return "Synapse" if url and "/_matrix/" in url else "Vonage"
