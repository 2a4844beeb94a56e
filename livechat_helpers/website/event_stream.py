"""The event log as server-sent events, for the pages of agents.

A page that was away says with ``Last-Event-ID`` which event it had last, and gets what
followed. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import time
from collections.abc import AsyncIterator

from .event_log import EventLog

HEARTBEAT = 15.0
"""Seconds of silence until a comment keeps the connection, and the proxies, awake."""
LONGEST = 15 * 60.0
"""Seconds until a page must come again, and show that it is still signed in."""

_RETRY = 2000  # milliseconds until a page comes again


class EventStream:
    """Follows a log for every page that asks.

    log: the events.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._ending = False

    def stop(self) -> None:
        """End every stream."""
        self._ending = True
        self._log.wake()

    async def follow(self, last: int) -> AsyncIterator[str]:
        """Give the events after one, and then each as it comes.

        last: the id of the event that the page had last; 0 for all there are.
        """
        yield f"retry: {_RETRY}\n\n"
        began = spoke = time.monotonic()
        while not self._ending and time.monotonic() - began < LONGEST:
            for last, body in self._log.after(last):  # noqa: B020
                spoke = time.monotonic()
                yield f"id: {last}\ndata: {body}\n\n"
            if time.monotonic() - spoke > HEARTBEAT:
                spoke = time.monotonic()
                yield ": still here\n\n"
            await self._log.wait()
