"""The state back and forth: emptied, kept under a name, and taken back."""

import asyncio
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

from .store import Store, Transaction

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SnapshotError(Exception):
    """A snapshot cannot be kept or taken back; the text says why.

    is_missing: whether there is none of that name.
    """

    def __init__(self, why: str, *, is_missing: bool = False) -> None:
        super().__init__(why)
        self.is_missing = is_missing


class Snapshots:
    """The copies of a sandbox's file.

    store: the file. folder: where the copies are.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._one_at_a_time = asyncio.Lock()

    async def keep(self, name: str) -> None:
        """Keep the state under a name; an older one of that name is replaced.

        Raises:
            SnapshotError: the name is not valid.
        """
        path = self._path(name)
        async with self._one_at_a_time:
            await asyncio.to_thread(self._copy, path)

    def _copy(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True, mode=0o700)
        half = path.with_suffix(".half")
        half.unlink(missing_ok=True)
        self._store.copy(half)
        half.replace(path)

    async def take_back(self, name: str, then: Callable[[Transaction], None]) -> None:
        """Make the state what it was when it was kept.

        then: what is done in the same transaction; it is on another thread.

        Raises:
            SnapshotError: nothing was kept under that name.
        """
        path = self._path(name)
        if not path.exists():
            raise SnapshotError(f"There is no snapshot {name!r}.", is_missing=True)

        def operation(tx: Transaction) -> None:
            _replace(tx, kept)
            then(tx)

        async with self._one_at_a_time:
            kept = await asyncio.to_thread(_read, path)
            await self._store.write(operation, aside=True)

    async def empty(self, then: Callable[[Transaction], None]) -> None:
        """Make the state that of a new sandbox.

        then: as for :meth:`take_back`.
        """

        def operation(tx: Transaction) -> None:
            _empty(tx)
            then(tx)

        async with self._one_at_a_time:
            await self._store.write(operation, aside=True)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise SnapshotError(
                "The name of a snapshot has up to 64 letters, digits, - and _."
            )
        return self._folder / f"{name}.sqlite3"


_Tables = dict[str, tuple[list[str], list[tuple[object, ...]]]]


def _read(path: Path) -> _Tables:
    """Return the columns and the rows of each table of a file."""
    connection = sqlite3.connect(path)
    try:
        tables: _Tables = {}
        for name in _tables(connection):
            found = connection.execute(f"SELECT * FROM {name}")
            tables[name] = ([one[0] for one in found.description], found.fetchall())
        return tables
    finally:
        connection.close()


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    # Filling the others changes what SQLite counts, so that goes last.
    return sorted((row[0] for row in rows), key="sqlite_sequence".__eq__)


def _empty(tx: Transaction) -> None:
    for name in _tables(tx.connection):
        tx.run(f"DELETE FROM {name}")


def _replace(tx: Transaction, kept: _Tables) -> None:
    _empty(tx)  # also the tables that an older file does not know
    for name, (columns, rows) in kept.items():
        tx.run(f"DELETE FROM {name}")  # SQLite has counted what was filled in
        places = ", ".join("?" * len(columns))
        tx.connection.executemany(
            f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({places})", rows
        )
