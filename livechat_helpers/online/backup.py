"""Copy a chat's state while it's running, and restore a copy.

A SQLite file in use can't be copied like any other file, because some of the last
writes are still in its log. SQLite's own backup copies a consistent state. Source:
https://www.sqlite.org/backup.html
"""

import argparse
import hashlib
import json
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from .. import places, services
from ..plain_errors import PlainError
from ..private_files import keep_private

_LIST = "backup.json"
_STATE = (".env", ".data")
_SQLITE = b"SQLite format 3\0"
# These are the files that a running program writes about itself, and the two files next
# to a SQLite file, which SQLite's backup has already read.
_PASSING_NAMES = ("lock.sqlite3", "sandbox.json", "matrix.json", "website.json")
_PASSING_ENDS = (".lock", ".log", ".pid", "-wal", "-shm", "-journal")


class BackupError(PlainError):
    """A copy can't be made or restored; the text says why and what to do."""


def back_up(home: Path, folder: Path, *, keep: int = 14) -> Path:
    """Copy a chat's state, even while it's running, and return the copy's folder.

    The website's files are copied first, then the engine's, so a copy never refers to
    an event that the engine doesn't have.

    home: the folder with ``.env`` and ``.data``.
    folder: the folder for copies; each one gets a subfolder named after the time.
    keep: how many copies to keep; the oldest are deleted.

    Raises:
        BackupError: there's nothing to copy.
        OSError, sqlite3.Error: a file can't be read or written.
    """
    files = sorted(_state_files(home), key=_engine_last)
    if not files:
        raise BackupError(
            f"There's nothing to back up in {home}.\n"
            "Set LIVECHAT_HOME to the folder that holds .env and .data."
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = datetime.now(UTC)
    done = folder / f"{made:%Y-%m-%dT%H-%M-%S.%fZ}"
    part = done.with_name(f"{done.name}.part")
    part.mkdir(mode=0o700)
    try:
        digests = {
            file.relative_to(home).as_posix(): _copy(
                file, part / file.relative_to(home)
            )
            for file in files
        }
        listed = {"made": made.isoformat(), "files": digests}
        keep_private(part / _LIST, json.dumps(listed, indent=1).encode())
        part.rename(done)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    for old in copies(folder)[:-keep]:
        shutil.rmtree(old)
    return done


def copies(folder: Path) -> list[Path]:
    """Return the complete copies in a folder, oldest first."""
    return sorted(found.parent for found in folder.glob(f"*Z/{_LIST}"))


def restore(copy: Path, home: Path) -> Path | None:
    """Restore a copy, and return the folder with the previous state, if any.

    copy: a folder that ``back_up`` created.
    home: the folder for ``.env`` and ``.data``.

    Raises:
        BackupError: the copy isn't complete, or the chat is still running.
        OSError: a file can't be read or written.
    """
    files = _checked(copy)
    if _is_running(home / ".data"):
        raise BackupError(
            f"A chat is running on {home}.\nStop it before you restore a copy."
        )
    aside = home / f".before-{copy.name}"
    present = [home / name for name in _STATE if (home / name).exists()]
    if present:
        aside.mkdir(mode=0o700)
        for each in present:
            each.rename(aside / each.name)
    for name in files:
        target = home / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy2(copy / name, target)
    return aside if present else None


def _is_running(data: Path) -> bool:
    sandbox, matrix = data / "sandbox", data / "matrix"
    return bool(
        services.find_sandbox(sandbox)
        or services.find_matrix(matrix)
        or any(map(services.find_website, (sandbox, matrix)))
    )


def _state_files(home: Path) -> Iterator[Path]:
    for top in (home / name for name in _STATE):
        found = top.rglob("*") if top.is_dir() else [top]
        for file in found:
            passing = file.name in _PASSING_NAMES or file.name.endswith(_PASSING_ENDS)
            if not passing and file.is_file():
                yield file


def _engine_last(file: Path) -> tuple[bool, bool, str]:
    name = file.name
    return _is_sqlite(file), not name.startswith("website"), str(file)


def _copy(source: Path, target: Path) -> str:
    """Copy a file and return the copy's SHA-256 digest.

    Raises:
        BackupError: SQLite says that the copy is damaged.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_sqlite(source):
        shutil.copy2(source, target)
        return _digest(target)
    target.touch(mode=0o600)
    with (
        closing(sqlite3.connect(source, timeout=30)) as live,
        closing(sqlite3.connect(target)) as copied,
    ):
        live.backup(copied)
        [verdict] = copied.execute("PRAGMA integrity_check").fetchone()
    if verdict != "ok":
        raise BackupError(
            f"{source} is damaged: {verdict}.\n"
            "Keep the copies you have, and restore the newest one."
        )
    return _digest(target)


def _checked(copy: Path) -> list[str]:
    """Check a copy's files, and return their names.

    Raises:
        BackupError: the copy isn't complete, or a file has changed since.
    """
    try:
        listed: dict[str, str] = json.loads((copy / _LIST).read_bytes())["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(
            f"{copy} isn't a complete copy.\nChoose another one from that folder."
        ) from error
    for name, digest in listed.items():
        if not (copy / name).is_file() or _digest(copy / name) != digest:
            raise BackupError(
                f"{name} in {copy} changed after it was copied.\nChoose another copy."
            )
    return list(listed)


def _is_sqlite(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(_SQLITE)) == _SQLITE


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def main(argv: list[str]) -> int:
    """Make or restore a copy, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers backup",
        description="Copy settings, keys and chats while they're in use. With "
        "--restore, restore a copy, and keep the current files next to it.",
    )
    parser.add_argument(
        "folder", type=Path, help="folder for the copies; with --restore, the copy"
    )
    parser.add_argument(
        "--keep", type=int, default=14, metavar="N", help="keep N copies (default: 14)"
    )
    parser.add_argument("--restore", action="store_true", help="restore this copy")
    given = parser.parse_args(argv)
    if given.keep < 1:
        parser.error("--keep must be at least 1")
    try:
        if given.restore:
            aside = restore(given.folder, places.home())
            print(f"Restored into {places.home()}.")
            if aside:
                print(f"What was there before is in {aside}.")
        else:
            print(back_up(places.home(), given.folder, keep=given.keep))
        return 0
    except BackupError as error:
        print(error, file=sys.stderr)
    except (OSError, sqlite3.Error) as error:
        print(f"A file can't be copied: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
