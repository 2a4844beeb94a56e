"""Watch a file while it's written, to see whether others could have read it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_OTHERS = 0o077


@dataclass
class Watched:
    """A file that is being written.

    path: the file.
    leaked: whether it had content while others could read it.
    """

    path: Path
    leaked: bool = False
    _looking: bool = False

    def look(self) -> None:
        """Check the file's current state."""
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
    # Python raises an event before each change, so this sees the state before it.
    if _watched and (event.startswith("os.") or event in ("open", "subprocess.Popen")):
        for one in _watched:
            one.look()


_hooked = False


@contextmanager
def watched(path: Path) -> Iterator[Watched]:
    """Watch a file during this block."""
    global _hooked
    if not _hooked:
        sys.addaudithook(_on_event)  # Python has no way to remove it again.
        _hooked = True
    one = Watched(path)
    _watched.append(one)
    try:
        yield one
    finally:
        _watched.remove(one)
