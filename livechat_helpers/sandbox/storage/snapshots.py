"""Empty the state, save it under a name, and restore it."""

import asyncio
import re
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..machine.owner_only import replace
from . import state_file
from .store import Store, Transaction

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SnapshotError(Exception):
    """A snapshot can't be saved or restored; the text says why.

    is_missing: whether there is no snapshot with that name.
    """

    def __init__(self, why: str, *, is_missing: bool = False) -> None:
        super().__init__(why)
        self.is_missing = is_missing


class Snapshots:
    """The copies of a sandbox's file.

    store: the file.
    folder: where the copies are saved.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._one_at_a_time = asyncio.Lock()

    async def keep(self, name: str) -> None:
        """Save the state under a name, replacing an older copy with the same name.

        Raises:
            SnapshotError: the name isn't valid.
        """
        path = self._path(name)
        async with self._one_at_a_time:
            await asyncio.to_thread(self._copy, path)

    def _copy(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True, mode=0o700)
        half = path.with_suffix(".half")
        half.unlink(missing_ok=True)
        self._store.copy(half)
        replace(half, path)

    async def take_back(self, name: str, then: Callable[[Transaction], None]) -> None:
        """Restore the state that was saved under a name.

        then: called in the same transaction, in another thread.

        Raises:
            SnapshotError: nothing was saved under that name.
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
        """Replace the state with that of a new sandbox.

        then: as for :meth:`take_back`.
        """

        def operation(tx: Transaction) -> None:
            _empty(tx)
            then(tx)

        async with self._one_at_a_time:
            await self._store.write(operation, aside=True)

    def names(self) -> list[str]:
        """Return the names of the saved states, oldest first."""
        kept = [path for path in self._folder.glob("*.sqlite3") if path.is_file()]
        return [
            path.stem for path in sorted(kept, key=lambda path: path.stat().st_mtime)
        ]

    async def written(self) -> bytes:
        """Return the state as a file's content, which any sandbox can read."""

        def write() -> bytes:
            with tempfile.TemporaryDirectory(dir=self._folder.parent) as folder:
                copy = Path(folder) / "state.sqlite3"
                self._store.copy(copy)
                return state_file.write(_read(copy))

        return await asyncio.to_thread(write)

    async def load(self, content: bytes, then: Callable[[Transaction], None]) -> None:
        """Replace the state with the one in a file.

        content: the file's content.
        then: as for :meth:`take_back`.

        Raises:
            StateFileError: the file doesn't contain a state.
        """

        def operation(tx: Transaction) -> None:
            try:
                _replace(tx, kept)
            except (sqlite3.IntegrityError, OverflowError, UnicodeEncodeError) as error:
                raise state_file.StateFileError(
                    f"its rows don't fit: {error}"
                ) from error
            state_file.check(tx)
            then(tx)

        kept = await asyncio.to_thread(state_file.read, content)
        async with self._one_at_a_time:
            await self._store.write(operation, aside=True)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise SnapshotError(
                "A snapshot's name can have up to 64 letters, digits, - and _."
            )
        return self._folder / f"{name}.sqlite3"


def _read(path: Path) -> state_file.Tables:
    """Return the columns and the rows of each table in a file."""
    connection = sqlite3.connect(path)
    try:
        tables: state_file.Tables = {}
        for name in _tables(connection):
            found = connection.execute(f"SELECT * FROM {name}")
            tables[name] = ([one[0] for one in found.description], found.fetchall())
        return tables
    finally:
        connection.close()


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    # Filling the other tables changes SQLite's counters, so they go last.
    return sorted((row[0] for row in rows), key="sqlite_sequence".__eq__)


def _empty(tx: Transaction) -> None:
    for name in _tables(tx.connection):
        tx.run(f"DELETE FROM {name}")


def _replace(tx: Transaction, kept: state_file.Tables) -> None:
    _empty(tx)  # This includes tables that an older file doesn't have.
    for name, (columns, rows) in kept.items():
        tx.run(f"DELETE FROM {name}")  # SQLite may have set its counters by now.
        places = ", ".join("?" * len(columns))
        tx.connection.executemany(
            f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({places})", rows
        )
