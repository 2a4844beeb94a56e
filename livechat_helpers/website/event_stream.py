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

_FEW = 100  # events
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

    async def follow(self, last: int | None) -> AsyncIterator[str]:
        """Give the events after one, and then each as it comes.

        last: the id of the event that the page had last; None gives the newest few.
        """
        yield f"retry: {_RETRY}\n\n"
        if last is None:
            last = self._log.newest() - _FEW
        began = spoke = time.monotonic()
        while not self._ending and time.monotonic() - began < LONGEST:
            found = self._log.after(last, _FEW)
            for last, body in found:
                spoke = time.monotonic()
                yield f"id: {last}\ndata: {body}\n\n"
            if time.monotonic() - spoke > HEARTBEAT:
                spoke = time.monotonic()
                yield ": still here\n\n"
            if len(found) < _FEW:
                await self._log.wait()
