"""The sandbox's SQLite file: an answer is on disk before it is sent.

Every write runs on one thread. The thread takes all writes that wait, runs each in
its own savepoint, and commits them together: one flush to the disk serves many
requests, and the event loop never waits for the disk. Only after the commit are the
new events handed out and the requests answered, in the order of the commit.

Reads happen at once, on a connection of their own (SQLite's write-ahead log lets
them go on beside the writer).
"""

import asyncio
import queue
import sqlite3
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from .clock import Clock, Ids

Result = TypeVar("Result")

_SCHEMA = """
CREATE TABLE applications (
    id TEXT PRIMARY KEY, position INTEGER NOT NULL UNIQUE,
    public_key TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE TABLE users (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    application_id TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (application_id, name)
) STRICT;
CREATE TABLE conversations (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    application_id TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    sequence_number INTEGER NOT NULL DEFAULT 0,
    created TEXT NOT NULL, updated TEXT, expires TEXT,
    UNIQUE (application_id, name)
) STRICT;
CREATE INDEX conversations_of_application ON conversations (application_id, position);
CREATE TABLE members (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL, user_id TEXT NOT NULL,
    state TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX members_of_conversation ON members (conversation_id, position);
CREATE INDEX members_of_user ON members (user_id, position);
CREATE TABLE events (
    conversation_id TEXT NOT NULL, id INTEGER NOT NULL,
    type TEXT NOT NULL, sender TEXT, recipient TEXT,
    body TEXT NOT NULL, state TEXT, timestamp TEXT NOT NULL,
    PRIMARY KEY (conversation_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (
    id TEXT PRIMARY KEY, application_id TEXT NOT NULL, user_id TEXT NOT NULL,
    dropped REAL
) STRICT;
"""


@dataclass
class Transaction:
    """What a write works with: the connection, and the list of events it makes.

    clock, ids: the sandbox's own.
    """

    connection: sqlite3.Connection
    clock: Clock
    ids: Ids
    events: list[Any] = field(default_factory=list)

    def one(self, sql: str, *parameters: Any) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        return self.connection.execute(sql, parameters).fetchone()

    def all(self, sql: str, *parameters: Any) -> list[sqlite3.Row]:
        """Return every row of a query."""
        return self.connection.execute(sql, parameters).fetchall()

    def run(self, sql: str, *parameters: Any) -> None:
        """Execute a statement that changes something."""
        self.connection.execute(sql, parameters)


@dataclass
class _Write:
    operation: Callable[[Transaction], Any]
    answer: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None
    events: list[Any] = field(default_factory=list)


class Store:
    """The open SQLite file.

    path: the file; it is made when it is not there.
    clock, ids: what time it is, and where new ids come from.
    with_events: called with a transaction that made events, before it is committed:
        what it writes is kept if they are.
    on_events: called on the event loop with the events of one committed write, in
        the order of the commits, before that write's request is answered.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        ids: Ids,
        with_events: Callable[[Transaction], None],
        on_events: Callable[[Sequence[Any]], None],
    ) -> None:
        self._path = path
        self._clock = clock
        self._ids = ids
        self._with_events = with_events
        self._on_events = on_events
        self._loop = asyncio.get_running_loop()
        self._waiting: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        writer = self._connect()
        if writer.execute("PRAGMA user_version").fetchone()[0] == 0:
            writer.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version = 1;COMMIT;")
        self._reader = Transaction(self._connect(), clock, ids)
        self._reader.connection.execute("PRAGMA query_only = ON")
        self._thread = threading.Thread(
            target=self._write_in_batches, args=(writer,), name="store-writer"
        )
        self._thread.start()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, timeout=10
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    @property
    def read(self) -> Transaction:
        """Queries on what is committed; it refuses to write."""
        return self._reader

    async def write(self, operation: Callable[[Transaction], Result]) -> Result:
        """Run an operation in a transaction and return its result once it is on disk.

        Raises:
            Exception: whatever the operation raised; nothing of it is kept then.
            sqlite3.Error: the disk did not take the write.
        """
        write = _Write(operation, self._loop.create_future())
        self._waiting.put(write)
        return await write.answer

    def close(self) -> None:
        """Finish the writes that wait, then close the file."""
        self._waiting.put(None)
        self._thread.join()
        self._reader.connection.close()

    def _write_in_batches(self, connection: sqlite3.Connection) -> None:
        open_for_writes = True
        while open_for_writes:
            batch = [self._waiting.get()]
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            open_for_writes = None not in batch
            writes = [write for write in batch if write is not None]
            if writes:
                self._commit(connection, writes)
                self._loop.call_soon_threadsafe(self._hand_out, writes)
        connection.close()

    def _commit(self, connection: sqlite3.Connection, writes: list[_Write]) -> None:
        try:
            connection.execute("BEGIN IMMEDIATE")
            for write in writes:
                self._run_one(connection, write)
            connection.execute("COMMIT")
        except sqlite3.Error as error:  # the disk is full, or gone: nothing was kept
            with suppress(sqlite3.Error):  # SQLite may have done it itself
                connection.execute("ROLLBACK")
            for write in writes:
                write.error = error
                write.events = []

    def _run_one(self, connection: sqlite3.Connection, write: _Write) -> None:
        transaction = Transaction(connection, self._clock, self._ids)
        connection.execute("SAVEPOINT one_write")
        try:
            write.result = write.operation(transaction)
            if transaction.events:
                self._with_events(transaction)
            write.events = transaction.events
        except sqlite3.OperationalError:
            raise  # about the file, not about this write
        except Exception as error:
            write.error = error
            connection.execute("ROLLBACK TO one_write")
        connection.execute("RELEASE one_write")

    def _hand_out(self, writes: list[_Write]) -> None:
        for write in writes:
            if write.events:
                self._on_events(write.events)
            if write.answer.cancelled():
                continue
            if write.error is not None:
                write.answer.set_exception(write.error)
            else:
                write.answer.set_result(write.result)


def report(error: sqlite3.Error) -> None:
    """Say on stderr that the file does not work: whoever asked hears no details."""
    print(f"The sandbox cannot use its file: {error}", file=sys.stderr, flush=True)
