"""The event log as server-sent events, for the pages of agents.

An agent gets the events of the chats that the agent may read, while the agent is signed
in. A page that was away says with ``Last-Event-ID`` which event it had last, and gets
what followed. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from .event_log import EventLog, LoggedEvent
from .json_errors import AWAY

HEARTBEAT = 15.0
"""Seconds of silence until a comment keeps the connection, and the proxies, awake."""
LONGEST = 15 * 60.0
"""Seconds until a page must come again, and show that it is still signed in."""

Readable = Callable[[Sequence[LoggedEvent]], Sequence[LoggedEvent]]
IsSignedIn = Callable[[], Awaitable[bool]]

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

    async def follow(
        self, last: int | None, readable: Readable, is_signed_in: IsSignedIn
    ) -> AsyncIterator[str]:
        """Yield the events after a given one, and then each new event.

        last: the id of the event that the page had last; None gives the newest few.
        readable: returns those of some events that the agent may read; it may take
            its time. is_signed_in: asked before events are given, and now and then in
            between; the stream ends with the agent's session.
        """
        yield f"retry: {_RETRY}\n\n"
        if last is None:
            last = self._log.newest() - _FEW
        began = spoke = time.monotonic()
        while not self._ending and time.monotonic() - began < LONGEST:
            try:
                found = self._log.after(last, _FEW)
                given = await asyncio.to_thread(readable, found) if found else []
                if not await is_signed_in():
                    return
            except AWAY as error:  # the page comes again, and goes on where it was
                print(f"A stream of events ends: {error}", file=sys.stderr)
                return
            for number, body in given:
                spoke = time.monotonic()
                yield f"id: {number}\ndata: {body}\n\n"
            if time.monotonic() - spoke > HEARTBEAT:
                spoke = time.monotonic()
                yield ": still here\n\n"
            last = found[-1][0] if found else last
            if len(found) < _FEW:
                await self._log.wait()
