"""The keeper of a folder's services.

It starts the services that are needed, restarts those that have died, and ends when no
process needs any. It isn't a child of the process that calls it, so it survives when a
kernel is shut down. A second keeper is on standby: it waits for the first one's lock,
which the operating system releases no matter how the first one ends.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from .. import places
from ..processes import lock, standby
from ..processes.child import ChildError, importable, open_log
from . import known, starting, users
from .service import Service

BEAT = 0.2
"""Seconds between checks of services that we started."""

SLOW_BEAT = 2.0
"""Seconds between checks of services that somebody else started."""

LOOK = 1.0
"""Seconds between checks of which services are needed."""

RETRY = 5.0
"""Seconds before a service that didn't start is tried again."""


def summon(folder: Path) -> None:
    """Start a keeper for a folder, unless it has one.

    Raises:
        OSError: the folder isn't writable.
    """
    if not is_at_work(folder):
        _start(folder)


def failure(folder: Path) -> Path:
    """Return the file in which a keeper records what doesn't start.

    If everything starts, the file doesn't exist.
    """
    return folder / "keeper-failed.txt"


def is_at_work(folder: Path) -> bool:
    """Return whether a folder has a keeper."""
    return lock.is_held(_place(folder))


def is_gone(folder: Path) -> bool:
    """Return whether a folder has neither a keeper nor one on standby."""
    # Check in this order: a standby that takes over holds both locks for a moment.
    return not lock.is_held(_standby(folder)) and not lock.is_held(_place(folder))


def main(argv: list[str]) -> int:
    """Keep the services, as the process that holds the lock; return the exit code.

    argv: the folder.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _keep(Path(argv[0]))
    return 0


def _keep(folder: Path) -> None:
    kept: dict[str, _Kept] = {}
    looked, names = float("-inf"), set[str]()
    try:
        while True:
            if time.monotonic() - looked > LOOK:
                looked, names = time.monotonic(), users.needed(folder)
                if not names:
                    return
                for name in known.KNOWN:
                    if name in names and name not in kept:
                        kept[name] = _Kept(folder, known.KNOWN[name](folder))
                if all(one.well for one in kept.values()):
                    failure(folder).unlink(missing_ok=True)
                if not lock.is_held(_standby(folder)):
                    # The disk may be full, but the services must keep running.
                    with suppress(OSError, subprocess.SubprocessError):
                        _start(folder)
            for name in known.KNOWN:
                if name in kept and not kept[name].look():
                    break  # The services after it need it.
            time.sleep(BEAT)
    finally:
        for one in reversed(kept.values()):
            one.service.stop()


class _Kept:
    """A service that is restarted when it dies.

    folder: its folder.
    service: the service, running or not.
    """

    def __init__(self, folder: Path, service: Service[Any]) -> None:
        self.service = service
        self.well = True
        self._folder = folder
        self._due = 0.0

    def look(self) -> bool:
        """Check the service if a check is due, and return whether it's healthy."""
        now = time.monotonic()
        asked = not self.well and not failure(self._folder).exists()
        if now < self._due and not asked:
            return self.well
        self._due = now + (BEAT if self.service.child else SLOW_BEAT)
        if self.well and self.service.alive():
            return True
        try:
            starting.start(self._folder, self.service)
        except (ChildError, OSError) as error:
            self.well = False
            self._due = time.monotonic() + RETRY
            with suppress(OSError):  # The disk may be full.
                failure(self._folder).write_text(str(error), encoding="utf-8")
        else:
            self.well = True
        return self.well


def _start(folder: Path) -> None:
    """Start a keeper that outlives its parent.

    A kernel ends every process that it has started, and their children. So the process
    that starts the keeper exits immediately.
    """
    command = [
        *(sys.executable, "-m", standby.__name__, _standby(folder), _place(folder)),
        *(__package__, folder),
    ]
    with open_log("keeper.log") as log:
        subprocess.run(
            [sys.executable, "-IS", "-c", _DETACH, *map(str, command)],
            cwd=places.ROOT,
            env={**os.environ, **importable()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            check=True,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )


_DETACH = """
import subprocess, sys
subprocess.Popen(sys.argv[1:], start_new_session=True)
"""


def _place(folder: Path) -> Path:
    return folder / "keeper.lock"


def _standby(folder: Path) -> Path:
    return folder / "standby.lock"
