"""The store on its own: what's committed together, and what a failure undoes."""

import asyncio
import resource
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from livechat_helpers.sandbox.local_vonage import Options, Sandbox
from livechat_helpers.sandbox.storage.clock import Clock, Ids
from livechat_helpers.sandbox.storage.store import Store, Transaction

Work = Callable[[Store], Awaitable[None]]


class Published:
    """What a store published, and whether it was on disk at that time.

    path: the store's file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.events: list[str] = []

    def hand_out(self, events: Any) -> None:
        """Receive the events of one commit."""
        for event in events:
            assert event in kept(self._path), "nobody gets an event that isn't on disk"
            self.events.append(event)


def kept(path: Path) -> list[str]:
    """Return the texts on disk, as another process sees them."""
    with closing(sqlite3.connect(path)) as file:
        rows = file.execute("SELECT public_key FROM applications ORDER BY position")
        return [row[0] for row in rows]


def add(text: str, *, then: Exception | None = None) -> Callable[[Transaction], str]:
    """Return an operation that stores a text, and then fails if told to."""

    def operation(tx: Transaction) -> str:
        row = tx.one("SELECT coalesce(max(position), 0) + 1 AS next FROM applications")
        assert row is not None
        tx.run("INSERT INTO applications VALUES (?, ?, ?, '')", text, row["next"], text)
        tx.events.append(text)
        if then is not None:
            raise then
        return text

    return operation


def run(path: Path, work: Work) -> list[str]:
    """Use a store on a file, close it, and return what it published."""
    published = Published(path)

    async def main() -> None:
        store = Store(path, Clock(), Ids(), lambda tx: None)
        store.tell_of_events(lambda tx: None, published.hand_out)
        try:
            await work(store)
        finally:
            await store.close()

    asyncio.run(main())
    return published.events


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that doesn't exist yet."""
    return tmp_path / "store.sqlite3"


@contextmanager
def full_disk() -> Iterator[None]:
    """Prevent this process from writing to files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_whatever_was_answered_is_on_disk(path: Path) -> None:
    async def work(store: Store) -> None:
        for text in ("one", "two"):
            assert await store.write(add(text)) == text
            assert kept(path)[-1] == text

    assert run(path, work) == ["one", "two"]


@pytest.mark.parametrize("aside", [False, True])
def test_a_write_that_fails_halfway_leaves_nothing_and_affects_nobody_else(
    path: Path, aside: bool
) -> None:
    async def work(store: Store) -> None:
        results = await asyncio.gather(
            store.write(add("before")),
            store.write(add("half", then=ValueError("no")), aside=aside),
            store.write(add("after")),
            return_exceptions=True,
        )
        assert [str(result) for result in results] == ["before", "no", "after"]

    assert run(path, work) == ["before", "after"]
    assert kept(path) == ["before", "after"]


@pytest.mark.parametrize("aside", [False, True])
def test_what_was_undone_is_forgotten(path: Path, aside: bool) -> None:
    def note(text: str) -> Callable[[Transaction], None]:
        return lambda tx: tx.memo.update(noted=text)

    def noted(tx: Transaction) -> str | None:
        return tx.memo.get("noted")

    def fail(tx: Transaction) -> None:
        note("void")(tx)
        add("void", then=ValueError("no"))(tx)

    async def work(store: Store) -> None:
        await store.write(note("first"))
        assert await store.write(noted) == "first"
        with pytest.raises(ValueError, match="no"):
            await store.write(fail, aside=aside)
        assert await store.write(noted) is None

    run(path, work)


def test_replacing_the_state_clears_what_was_remembered(path: Path) -> None:
    async def work(store: Store) -> None:
        await store.write(lambda tx: tx.memo.update(noted="of before"))
        await store.write(add("another"), aside=True)
        assert await store.write(lambda tx: dict(tx.memo)) == {}

    run(path, work)


def test_writes_are_committed_and_delivered_in_order(path: Path) -> None:
    async def work(store: Store) -> None:
        async def write(number: int) -> None:
            # Some that share a commit come from the other thread.
            await store.write(add(f"{number:03d}"), aside=number % 7 == 3)

        await asyncio.gather(*(write(number) for number in range(100)))

    wanted = [f"{number:03d}" for number in range(100)]
    assert run(path, work) == wanted
    assert kept(path) == wanted


def test_a_write_is_carried_out_even_if_nobody_waits_for_it(path: Path) -> None:
    async def work(store: Store) -> None:
        leaving = asyncio.create_task(store.write(add("left alone")))
        await asyncio.sleep(0)
        leaving.cancel()
        assert await store.write(add("next")) == "next"

    assert run(path, work) == ["left alone", "next"]


def test_closing_waits_for_work_in_progress(path: Path) -> None:
    begun: list[asyncio.Task[str]] = []

    async def work(store: Store) -> None:
        begun.extend(
            asyncio.create_task(store.write(add(str(number)))) for number in range(20)
        )
        await asyncio.sleep(0)

    run(path, work)
    assert len(kept(path)) == 20


def test_the_stores_reader_cannot_write(path: Path) -> None:
    async def work(store: Store) -> None:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            store.read.run("DELETE FROM applications")

    run(path, work)


def test_a_locked_file_is_reported_and_works_again_once_it_is_free(
    path: Path,
) -> None:
    async def work(store: Store) -> None:
        await store.write(lambda tx: tx.run("PRAGMA busy_timeout = 1"))
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await store.write(add("refused"))
        other.execute("ROLLBACK")
        other.close()
        assert await store.write(add("taken")) == "taken"

    assert run(path, work) == ["taken"]
    assert kept(path) == ["taken"]


@pytest.mark.parametrize("aside", [False, True])
def test_a_commit_that_fails_fails_each_of_its_requests(
    path: Path, aside: bool
) -> None:
    async def work(store: Store) -> None:
        await store.write(add("before"))
        with full_disk():
            results = await asyncio.gather(
                store.write(add("one"), aside=aside),
                store.write(add("other")),
                return_exceptions=True,
            )
        assert [type(result) for result in results] == [sqlite3.OperationalError] * 2
        assert await store.write(add("after")) == "after"

    assert run(path, work) == ["before", "after"], "nobody gets an event that's lost"
    assert kept(path) == ["before", "after"]


def test_an_error_during_delivery_keeps_nobody_waiting(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def hand_out(events: Any) -> None:
        raise RuntimeError("our own fault")

    async def main() -> None:
        store = Store(path, Clock(), Ids(), lambda tx: None)
        store.tell_of_events(lambda tx: None, hand_out)
        assert await store.write(add("one")) == "one"
        assert await store.write(add("two")) == "two"
        await store.close()
        with pytest.raises(sqlite3.Error, match="closed"):
            await store.write(add("too late"))

    asyncio.run(asyncio.wait_for(main(), 20))
    assert "our own fault" in capsys.readouterr().err
    assert kept(path) == ["one", "two"]


def test_a_write_that_fails_when_it_is_repeated_isnt_delivered(path: Path) -> None:
    runs = []

    def once(tx: Transaction) -> None:
        runs.append(1)
        if len(runs) == 2:
            raise ValueError("not again")
        add("once")(tx)

    async def work(store: Store) -> None:
        results = await asyncio.gather(
            store.write(once),
            store.write(add("half", then=ValueError("no"))),
            return_exceptions=True,
        )
        assert [str(result) for result in results] == ["not again", "no"]

    assert run(path, work) == []
    assert kept(path) == []


@pytest.mark.parametrize(
    ("options", "level"),
    [
        (None, 2),
        (Options(synchronous="FULL"), 2),
        (Options(synchronous="NORMAL"), 1),
        (Options(synchronous="OFF"), 0),
    ],
)
def test_a_commit_waits_for_the_disk_unless_told_otherwise(
    tmp_path: Path, options: Options | None, level: int
) -> None:
    async def found() -> int:
        sandbox = Sandbox(tmp_path, options)
        row = sandbox.store.read.one("PRAGMA synchronous")
        await sandbox.close()
        assert row is not None
        return row[0]

    assert asyncio.run(found()) == level
