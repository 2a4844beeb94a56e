"""Write a file that only its owner can read, completely or not at all."""

import os
import sys
import tempfile
import time
from pathlib import Path

_TRIES = 50 if sys.platform == "win32" else 1
_PAUSE = 0.02  # seconds between two tries


def keep_private(path: Path, content: bytes, *, synced: bool = True) -> None:
    """Write a file with mode 0600; readers see either the old content or the new.

    path: the file; its folder is created if necessary.
    content: what to write.
    synced: whether the file must survive a power cut.

    Raises:
        OSError: the disk is full, or the folder isn't writable.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:  # mkstemp creates the file with mode 0600.
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if synced:
                os.fsync(file.fileno())
        replace(Path(temporary), path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def replace(new: Path, path: Path) -> None:
    """Replace a file with another; on Windows, wait for its readers first.

    Raises:
        OSError: it can't be replaced.
    """
    for left in reversed(range(_TRIES)):
        try:
            new.replace(path)
            return
        except PermissionError:
            if not left:
                raise
            time.sleep(_PAUSE)
