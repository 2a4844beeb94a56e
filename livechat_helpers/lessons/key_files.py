"""Watches a file while it's written: could anybody else have read it at some moment?"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_OTHERS = 0o077


@dataclass
class Watched:
    """A file that is being written.

    leaked: it had content, and others could read it.
    """

    path: Path
    leaked: bool = False
    _looking: bool = False

    def look(self) -> None:
        """See how the file is now."""
        if self._looking:
            return
        self._looking = True
        try:
            found = self.path.stat()
        except OSError:
            pass
        else:
            self.leaked |= found.st_size > 0 and bool(found.st_mode & _OTHERS)
        finally:
            self._looking = False


_watched: list[Watched] = []


def _on_event(event: str, arguments: object) -> None:
    # Whatever changes a mode has an event before it does: then the file is as it was.
    if _watched and (event.startswith("os.") or event in ("open", "subprocess.Popen")):
        for one in _watched:
            one.look()


_hooked = False


@contextmanager
def watched(path: Path) -> Iterator[Watched]:
    """Watch a file in this block."""
    global _hooked
    if not _hooked:
        sys.addaudithook(_on_event)  # for good: Python has no way to take it back
        _hooked = True
    one = Watched(path)
    _watched.append(one)
    try:
        yield one
    finally:
        _watched.remove(one)
