"""Vonage's REST calls, for an event loop: on threads, each with a client of its own.

The SDK's client waits for its answer, and is not made to be shared between threads.
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

_THREADS = 4  # one that hangs must not keep the others waiting

TROUBLE = (HttpRequestError, RequestException, OSError)
"""What a call raises that didn't end as it should."""


class Calls:
    """The calls of one support desk.

    desk: whose; it is left to the thread that made it.
    """

    def __init__(self, desk: SupportDesk) -> None:
        self._desk = desk
        self._here = threading.local()
        self._pool = ThreadPoolExecutor(_THREADS, "agent-calls", self._open)

    def _open(self) -> None:
        self._here.desk = self._desk.of(self._desk.agent_name)

    async def __call__(self, what: Callable[[SupportDesk], Answer]) -> Answer:
        """Let a function work with the desk, and return what it returns."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: what(self._here.desk))

    def close(self) -> None:
        """End the threads; what waits for one of them is given up."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def in_words(error: Exception) -> str:
    """Say in a sentence why a call failed."""
    if not isinstance(error, HttpRequestError):
        request = getattr(error, "request", None)
        return f"{_server(getattr(request, 'url', None))} does not answer."
    response = error.response
    detail = response.reason
    with suppress(ValueError, AttributeError):
        body = response.json()
        said = body.get("detail") or body.get("title") or body.get("error")
        detail = said or detail
    return f"{_server(response.url)} answers {response.status_code}: {detail}"


def _server(url: str | None) -> str:
    """Return what to call the server of a call."""
    return "Synapse" if url and "/_matrix/" in url else "Vonage"
