"""The events that Vonage has sent, each once and in order, in a file.

All processes of the website share the file, which outlives them. An event is on disk
before Vonage gets an answer. Events that arrive at the same time are written together,
so they only wait for the disk once.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MOST_KEPT = 10_000
"""How many events are kept; the oldest are deleted first."""

LoggedEvent = tuple[int, str]
"""An event's id in the log, and its JSON."""

_OTHERS_LOOK = 0.5  # seconds between checks for events received by other processes
_SCHEMA = """
    CREATE TABLE IF NOT EXISTS events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        payload_hash TEXT NOT NULL UNIQUE,
        body TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS seen (
        jti TEXT PRIMARY KEY,
        until REAL NOT NULL
    ) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Delivery:
    """A genuine webhook.

    jti: the id of its signature.
    until: how long to remember the jti, in seconds since 1970.
    payload_hash: the hash of its body, which identifies the event.
    body: the event's JSON.
    """

    jti: str
    until: float
    payload_hash: str
    body: str


class EventLog:
    """The log in one folder.

    file: the SQLite file.

    Raises:
        sqlite3.Error: the file can't be used.
    """

    def __init__(self, file: Path) -> None:
        self._written = sqlite3.connect(
            file, timeout=10, isolation_level=None, check_same_thread=False
        )
        self._written.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + _SCHEMA
        )
        self._read = sqlite3.connect(
            file, timeout=10, isolation_level=None, check_same_thread=False
        )
        self._reading = threading.Lock()
        self._waiting: list[tuple[Delivery, asyncio.Future[bool]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def take_once(self, key: str, event: str) -> None:
        """Store an event without a signature, unless it's already stored.

        key: identifies the event.
        event: the event's JSON.

        Raises:
            sqlite3.Error: the event can't be stored.
        """
        await self.take(Delivery(key, 0, key, event))

    async def take(self, delivery: Delivery) -> bool:
        """Store an event; return whether its signature is new.

        An event that is already stored, because the answer to its first delivery was
        lost, isn't stored again.

        Raises:
            sqlite3.Error: the event can't be stored.
        """
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, kept))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await kept

    def newest(self) -> int:
        """Return the id of the newest event; 0 if there isn't one."""
        with self._reading:
            [newest] = self._read.execute("SELECT coalesce(max(id), 0) FROM events")
        return newest[0]

    def after(self, last: int, most: int) -> list[LoggedEvent]:
        """Return the ids and the JSON of the events after a given one.

        last: the id of that event; 0 for all events.
        most: the maximum number of events.
        """
        query = "SELECT id, body FROM events WHERE id > ? ORDER BY id LIMIT ?"
        with self._reading:
            return self._read.execute(query, (last, most)).fetchall()

    async def wait(self) -> None:
        """Wait for new events, for half a second at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_OTHERS_LOOK):
                await self._news.wait()

    def wake(self) -> None:
        """Wake every waiting reader."""
        self._news.set()
        self._news.clear()

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            deliveries = [delivery for delivery, _ in batch]
            try:
                news = await asyncio.to_thread(self._store, deliveries)
            except sqlite3.Error as error:
                outcomes = [error] * len(batch)
            else:
                outcomes = news
            for (_, kept), outcome in zip(batch, outcomes, strict=True):
                if kept.done():
                    continue  # Vonage has hung up.
                if isinstance(outcome, sqlite3.Error):
                    kept.set_exception(outcome)
                else:
                    kept.set_result(outcome)
            self.wake()

    def _store(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """Write events in one transaction.

        Returns:
            For each event, whether its signature is new.
        """
        first_uses: list[bool] = []
        with self._written as tx:
            tx.execute("BEGIN IMMEDIATE")
            tx.execute("DELETE FROM seen WHERE until < ?", (time.time(),))
            for one in deliveries:
                seen = "INSERT OR IGNORE INTO seen VALUES (?, ?)"
                is_first = tx.execute(seen, (one.jti, one.until)).rowcount == 1
                first_uses.append(is_first)
                if is_first:
                    tx.execute(
                        "INSERT OR IGNORE INTO events (payload_hash, body)"
                        " VALUES (?, ?)",
                        (one.payload_hash, one.body),
                    )
            tx.execute(
                "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?",
                (MOST_KEPT,),
            )
        return first_uses
