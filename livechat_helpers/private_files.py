"""Write a file that only its owner may read, whole or not at all."""

import os
import secrets
import tempfile
from pathlib import Path

from .launch import lock


def keep_private(path: Path, content: bytes, *, synced: bool = True) -> None:
    """Write a file with mode 0600; a reader sees the old content or the new one.

    path: the file; its folder is made if it is not there. synced: whether it must
        survive a power cut.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:  # mkstemp makes the file with mode 0600
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if synced:
                os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def kept_secret(path: Path) -> str:
    """Return the secret in a file; the first call, of whatever process, makes it.

    path: the file.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    if not path.exists():  # once it is there, it is there whole
        with lock.held(path.with_name("secrets.lock"), "Waiting for a secret ..."):
            if not path.exists():
                keep_private(path, secrets.token_urlsafe(24).encode())
    return path.read_text()
