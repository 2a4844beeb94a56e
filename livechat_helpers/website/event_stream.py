"""The event log as server-sent events, for the agents' pages.

While signed in, an agent receives the events of the chats that the agent can read. A
page that was away sends the id of its last event in ``Last-Event-ID``, and receives the
events after it. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from .event_log import EventLog, LoggedEvent
from .json_errors import AWAY

HEARTBEAT = 15.0
"""Seconds of silence before a comment keeps the connection and the proxies alive."""
LONGEST = 15 * 60.0
"""Seconds before a page must reconnect, which shows that it's still signed in."""

Readable = Callable[[Sequence[LoggedEvent]], Sequence[LoggedEvent]]
IsSignedIn = Callable[[], Awaitable[bool]]

_FEW = 100  # events to read at a time, and for a page without a last event
_RETRY = 2000  # milliseconds before a page reconnects


class EventStream:
    """Follows a log for the pages.

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
        """Yield the events after a given one, and then every new event.

        last: the id of the page's last event; None for the newest few.
        readable: filters events for those that the agent can read; it may be slow.
        is_signed_in: called before events are sent, and regularly in between. The
            stream ends with the agent's session.
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
            except AWAY as error:  # The page will reconnect and continue from there.
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
