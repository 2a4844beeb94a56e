"""Locks, so that only one set-up or start runs at a time.

If a process dies, the operating system releases its locks.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .terminal import say

if sys.platform == "win32":
    import msvcrt

    def try_to_hold(descriptor: int) -> bool:
        """Lock an open file; return whether that worked."""
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def try_to_hold(descriptor: int) -> bool:
        """Lock an open file; return whether that worked."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextlib.contextmanager
def held(path: Path, waiting: str) -> Iterator[int]:
    """Hold a lock while the block runs.

    path: the lock's file, which isn't deleted.
    waiting: the text to print if another process holds the lock.

    Returns:
        The file descriptor. A process that inherits it holds the lock too.
    """
    descriptor = _open(path)
    try:
        if not try_to_hold(descriptor):
            say(waiting)
            while not try_to_hold(descriptor):
                time.sleep(0.1)
        yield descriptor
    finally:
        os.close(descriptor)


def hold(path: Path) -> int | None:
    """Hold a lock until this process ends; return None if another process holds it.

    path: the lock's file, which isn't deleted.

    Returns:
        The file descriptor; closing it releases the lock.
    """
    descriptor = _open(path)
    if try_to_hold(descriptor):
        return descriptor
    os.close(descriptor)
    return None


def is_held(path: Path) -> bool:
    """Return whether any process holds a lock.

    path: the lock's file, which isn't created if it doesn't exist.
    """
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return not try_to_hold(descriptor)
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
