"""The keeper of a folder's services: ``python -m livechat_helpers.services FOLDER``.

It starts what is needed, starts again what has died, and ends when nobody who needs
anything lives. It's nobody's child, so a kernel that is shut down doesn't take it
along. A second keeper stands by: it waits for the lock of the first, which the
operating system frees whichever way that ends.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .. import places
from ..processes import lock
from ..processes.child import ChildError, importable, open_log
from . import known, starting, users
from .service import Service

BEAT = 0.2
"""Seconds between two looks at what we started ourselves."""

SLOW_BEAT = 2.0
"""Seconds between two looks at services that somebody else started."""

LOOK = 1.0
"""Seconds between two looks at who needs what."""

RETRY = 5.0
"""Seconds until a service that did not start is tried again."""


def summon(folder: Path) -> None:
    """Start a keeper for a folder, unless it has one.

    Raises:
        OSError: the folder can't be written.
    """
    if not is_at_work(folder):
        _start(folder)


def failure(folder: Path) -> Path:
    """Return the file in which a keeper says what doesn't start; gone if everything
    does."""
    return folder / "keeper-failed.txt"


def is_at_work(folder: Path) -> bool:
    """Return whether a folder has a keeper."""
    return lock.is_held(_place(folder))


def is_gone(folder: Path) -> bool:
    """Return whether neither a keeper is left nor one that stands by."""
    # In this order: a standby holds both locks when it takes over.
    return not lock.is_held(_standby(folder)) and not lock.is_held(_place(folder))


def main(argv: list[str]) -> int:
    """Wait until the place is free, keep, and return the exit code.

    argv: the folder.
    """
    folder = Path(argv[0])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    standby = lock.hold(_standby(folder))
    if standby is None:
        return 0  # somebody stands by already
    while lock.hold(_place(folder)) is None:
        time.sleep(BEAT)
    os.close(standby)
    _keep(folder)  # the lock is held until this process is gone
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
                    _start(folder)
            for name in known.KNOWN:
                if name in kept and not kept[name].look():
                    break  # what comes after it needs it
            time.sleep(BEAT)
    finally:
        for one in reversed(kept.values()):
            one.service.stop()


class _Kept:
    """A service that is restarted when it dies.

    folder: its folder. service: the service, running or not.
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
            failure(self._folder).write_text(str(error), encoding="utf-8")
        else:
            self.well = True
        return self.well


def _start(folder: Path) -> None:
    """Start a keeper that outlives its parent.

    A kernel ends everything it has started, and their children too; so what starts the
    keeper is gone at once.
    """
    with open_log("keeper.log") as log:
        subprocess.run(
            [sys.executable, "-IS", "-c", _DETACH, sys.executable, str(folder)],
            cwd=places.ROOT,
            env={**os.environ, **importable()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            check=True,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )


_DETACH = f"""
import subprocess, sys
python, folder = sys.argv[1:]
subprocess.Popen([python, "-m", {__package__!r}, folder], start_new_session=True)
"""


def _place(folder: Path) -> Path:
    return folder / "keeper.lock"


def _standby(folder: Path) -> Path:
    return folder / "standby.lock"
