"""The sandbox's SQLite file: a write is on disk before it's answered.

Writes that arrive while the disk is busy wait, and are then committed together, so one
flush to the disk serves many requests. The writes themselves run right away on the
event loop, in memory. Another thread does the commit, which waits for the disk. (We
tried giving the whole write to that thread: the two take turns holding Python's lock,
and a write takes a third longer.) Only after the commit are the new events sent and the
requests answered, in the order of the commits.

Reads happen right away, on a separate connection, and only see what's committed.
(SQLite's write-ahead log allows them alongside a write.)
"""

import asyncio
import queue
import sqlite3
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from .clock import Clock, Ids
from .schema import STEPS

Result = TypeVar("Result")
Synchronous = Literal["FULL", "NORMAL", "OFF"]

# When the log has this many pages, they're copied into the file, and writes have to
# wait for that. With SQLite's default of 1,000, more than one commit in a hundred would
# wait.
_LOG_PAGES = 8000
_MOST_ROWS = 1000  # rows to remember while nothing is written
_MOST_NOTED = 500  # entries in the memo of the writes


@dataclass
class Transaction:
    """The connection for a write, and the list of events that the write produces.

    clock, ids: the sandbox's own.
    memo: values that later operations can reuse without reading them again. An
        operation that changes such a value in the file removes it from here. A rollback
        empties the memo.
    """

    connection: sqlite3.Connection
    clock: Clock
    ids: Ids
    memo: dict[str, Any] = field(default_factory=dict)
    events: list[Any] = field(default_factory=list)

    def one(self, sql: str, *parameters: Any) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        return self.connection.execute(sql, parameters).fetchone()

    def all(self, sql: str, *parameters: Any) -> list[sqlite3.Row]:
        """Return every row of a query."""
        return self.connection.execute(sql, parameters).fetchall()

    def run(self, sql: str, *parameters: Any) -> None:
        """Execute a statement that changes data."""
        self.connection.execute(sql, parameters)


@dataclass
class _Reading(Transaction):
    """Queries while nothing is written, so each row only has to be read once.

    A client that reads a long history page by page needs the same conversation, and the
    same few members who wrote in it, for every page.
    """

    rows: dict[Any, sqlite3.Row | None] = field(default_factory=dict)

    def one(self, sql: str, *parameters: Any) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        query = (sql, parameters)
        if query not in self.rows:
            if len(self.rows) >= _MOST_ROWS:
                self.rows.clear()
            self.rows[query] = super().one(sql, *parameters)
        return self.rows[query]


@dataclass
class _Write:
    """A write and its outcome.

    operation: what to run.
    answer: gets the result.
    aside: whether it's so large that it would block the event loop.
    """

    operation: Callable[[Transaction], Any]
    answer: "asyncio.Future[Any]"
    aside: bool
    result: Any = None
    error: BaseException | None = None
    events: list[Any] = field(default_factory=list)


class Store:
    """The open SQLite file.

    path: the file, which is created if it doesn't exist.
    clock, ids: the sandbox's own.
    at_start: runs before anything else is written.
    synchronous: SQLite's name for what a commit waits for. ``FULL`` waits for the disk;
        ``NORMAL`` and ``OFF`` wait for less, and a power cut can undo writes.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        ids: Ids,
        at_start: Callable[[Transaction], None],
        synchronous: Synchronous = "FULL",
    ) -> None:
        self._path = path
        self._synchronous = synchronous
        self._clock = clock
        self._ids = ids
        self._with_events: Callable[[Transaction], None] = _leave
        self._on_events: Callable[[Sequence[Any]], None] = _leave
        self._loop = asyncio.get_running_loop()
        self._memo: dict[str, Any] = {}
        self._waiting: deque[_Write] = deque()
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()
        # This runs on the event loop, so it can't wait long for another program.
        self._writer = self._connect(patience=0.1)
        self._make_tables()
        at_start(Transaction(self._writer, clock, ids))
        self._reader = Transaction(self._connect(), clock, ids)
        self._reader.connection.execute("PRAGMA query_only = ON")
        self._quiet_reader = _Reading(self._reader.connection, clock, ids)
        self._batches: queue.SimpleQueue[list[_Write] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(
            target=self._commit_batches, name="store", daemon=True
        )
        self._thread.start()

    def _connect(self, patience: float = 10) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, timeout=patience
        )
        connection.row_factory = sqlite3.Row
        connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        return connection

    def tell_of_events(
        self,
        before_commit: Callable[[Transaction], None],
        after_commit: Callable[[Sequence[Any]], None],
    ) -> None:
        """Register the functions that receive the events of writes.

        before_commit: called with a transaction that produced events; whatever it
            writes is part of the transaction.
        after_commit: called on the event loop with the events of one committed write,
            in the order of the commits, before that write's request is answered.
        """
        self._with_events = before_commit
        self._on_events = after_commit

    def _make_tables(self) -> None:
        [made] = self._writer.execute("PRAGMA user_version").fetchone()
        steps = "".join(STEPS[made:])
        if steps:
            self._writer.executescript(
                f"BEGIN;{steps}PRAGMA user_version = {len(STEPS)};COMMIT;"
            )

    @property
    def read(self) -> Transaction:
        """Queries on what's committed, without permission to write."""
        if not self._idle.is_set():
            return self._reader
        # While nothing is written, queries share one transaction; otherwise, each would
        # lock the file again. It must be closed before a commit, or the log couldn't be
        # emptied.
        if not self._reader.connection.in_transaction:
            self._reader.connection.execute("BEGIN")
        return self._quiet_reader

    async def write(
        self, operation: Callable[[Transaction], Result], *, aside: bool = False
    ) -> Result:
        """Run an operation in a transaction, and return its result once it's on disk.

        aside: whether to run it in the other thread, because it takes too long for the
            event loop.

        Raises:
            Exception: whatever the operation raises; in that case, nothing is saved.
            sqlite3.Error: the disk rejected the write.
        """
        if self._closed:
            raise sqlite3.ProgrammingError("the file is closed")
        write = _Write(operation, self._loop.create_future(), aside)
        self._waiting.append(write)
        if self._idle.is_set():
            self._idle.clear()
            self._quiet_reader.rows.clear()
            if self._reader.connection.in_transaction:
                self._reader.connection.execute("COMMIT")
            self._loop.call_soon(self._begin)  # More writes can arrive until then.
        return await write.answer

    def copy(self, path: Path) -> None:
        """Write what's committed to a new file, from any thread.

        Raises:
            sqlite3.Error: the disk rejected it.
        """
        connection = self._connect()
        try:
            connection.execute("VACUUM INTO ?", (str(path),))
        finally:
            connection.close()

    async def close(self) -> None:
        """Finish the waiting writes, then close the file."""
        while not self._idle.is_set():  # More writes can arrive in the meantime.
            await self._idle.wait()
        self._closed = True
        self._batches.put(None)
        self._thread.join()
        self._writer.close()
        self._reader.connection.close()

    def _begin(self) -> None:
        """Run the waiting writes until there's something to commit."""
        while self._waiting:
            batch = self._next_batch()
            if batch[0].aside or self._run(batch):
                self._batches.put(batch)
                return
            self._answer(batch)
        self._idle.set()

    def _next_batch(self) -> list[_Write]:
        batch = [self._waiting.popleft()]
        while not batch[0].aside and self._waiting and not self._waiting[0].aside:
            batch.append(self._waiting.popleft())
        return batch

    def _commit_batches(self) -> None:
        """Commit batches, in a separate thread because that waits for the disk."""
        while (batch := self._batches.get()) is not None:
            if not batch[0].aside or self._run(batch):
                try:
                    self._writer.execute("COMMIT")
                except sqlite3.Error as error:
                    self._fail(batch, error)
            self._loop.call_soon_threadsafe(self._go_on, batch)

    def _go_on(self, batch: list[_Write]) -> None:
        self._answer(batch)
        self._begin()

    def _run(self, batch: list[_Write]) -> bool:
        """Run writes in one transaction; return whether there's something to commit."""
        if batch[0].aside or len(self._memo) > _MOST_NOTED:
            self._memo.clear()
        try:
            while not self._all_in_one(batch):
                pass
        except sqlite3.Error as error:  # The disk is full or gone.
            self._fail(batch, error)
        return self._writer.in_transaction

    def _all_in_one(self, batch: list[_Write]) -> bool:
        """Run writes in one transaction; return whether that succeeded.

        A write that fails after it has changed something takes the others with it, so
        they're run again without it. That's rare enough that we do without savepoints.
        """
        connection = self._writer
        connection.execute("BEGIN IMMEDIATE")
        before_all = connection.total_changes
        for write in batch:
            if write.error is not None:
                continue  # It failed last time.
            before = connection.total_changes
            transaction = Transaction(connection, self._clock, self._ids, self._memo)
            try:
                write.result = write.operation(transaction)
                if transaction.events:
                    self._with_events(transaction)
                write.events = transaction.events
            except sqlite3.OperationalError:
                raise  # The cause is the file, not this write.
            except Exception as error:
                write.error = error
                write.events = []  # An earlier run may have succeeded.
                if connection.total_changes != before:
                    connection.execute("ROLLBACK")
                    self._memo.clear()
                    return False
        if connection.total_changes == before_all:
            connection.execute("ROLLBACK")  # There's nothing to save.
        return True

    def _fail(self, batch: list[_Write], error: sqlite3.Error) -> None:
        """Undo a batch that the disk rejected."""
        with suppress(sqlite3.Error):  # SQLite may have rolled it back already.
            self._writer.execute("ROLLBACK")
        self._memo.clear()
        for write in batch:
            write.error = error
            write.events = []

    def _hand_out(self, events: list[Any]) -> None:
        try:
            self._on_events(events)
        except Exception as error:  # The request is answered anyway.
            report(error)

    def _answer(self, batch: list[_Write]) -> None:
        for write in batch:
            if write.events:
                self._hand_out(write.events)
            if write.answer.cancelled():
                continue
            if write.error is not None:
                write.answer.set_exception(write.error)
            else:
                write.answer.set_result(write.result)


def _leave(_: object) -> None:
    """Do nothing; nobody has registered for events."""


def report(error: Exception) -> None:
    """Report an error on stderr, because the caller doesn't get any details.

    It never raises: it's called while something is being repaired, and stderr may lead
    to a file on the same full disk.
    """
    with suppress(OSError, ValueError):
        if isinstance(error, sqlite3.Error):
            told = f"The sandbox cannot use its file: {error}"
            print(told, file=sys.stderr, flush=True)
        else:
            traceback.print_exception(error)
