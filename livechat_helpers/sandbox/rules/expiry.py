"""Conversations expire: each is deleted at the end of its ttl, with an event."""

import asyncio
import sqlite3
from datetime import datetime

from ..storage.clock import Clock
from ..storage.store import Store, report
from . import conversations

_LONGEST_TIMER = 3600.0  # seconds, because a timer can't wait for years
_AFTER_TROUBLE = 10.0  # seconds before retrying after an error of the file


class Expiry:
    """Deletes conversations when they expire; none do while the clock is stopped.

    store: where the conversations are stored.
    clock: the sandbox's clock.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def plan(self) -> None:
        """Wait for the next conversation to expire.

        Call this again when one has changed.
        """
        if self._task is not None:
            return  # The task calls this again at its end.
        self._cancel_timer()
        try:
            seconds = self._until_the_next()
        except sqlite3.Error as error:
            report(error)
            seconds = _AFTER_TROUBLE
        if seconds is not None:
            self._wait(seconds)

    def _until_the_next(self) -> float | None:
        row = self._store.read.one(
            "SELECT min(expires) AS next FROM conversations WHERE expires IS NOT NULL"
        )
        if row is None or row["next"] is None:
            return None
        end, now = map(datetime.fromisoformat, (row["next"], self._clock.now()))
        return (end - now).total_seconds()

    def close(self) -> None:
        """Stop deleting.

        Conversations that expire from now on are deleted at the next start.
        """
        self._cancel_timer()
        if self._task is not None:
            self._task.cancel()

    def _wait(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(
            min(max(seconds, 0), _LONGEST_TIMER), self._begin
        )

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._end_those_over())

    async def _end_those_over(self) -> None:
        try:
            await self._store.write(conversations.end_those_over)
        except Exception as error:  # Expired conversations must go, so try again later.
            self._task = None
            self._wait(_AFTER_TROUBLE)
            report(error)
        else:
            self._task = None
            self.plan()
