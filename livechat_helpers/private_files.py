"""Files that only their owner can read, written atomically, and secrets."""

import secrets
from pathlib import Path

from .processes import lock
from .sandbox.machine.owner_only import keep_private

__all__ = ["keep_private", "kept_secret"]


def kept_secret(path: Path) -> str:
    """Return the secret in a file; the first process that asks creates it.

    path: the file.

    Raises:
        OSError: the disk is full, or the folder isn't writable.
    """
    if not path.exists():  # If the file exists, it's complete.
        with lock.held(path.with_name("secrets.lock"), "Waiting for a secret ..."):
            if not path.exists():
                keep_private(path, secrets.token_urlsafe(24).encode())
    return path.read_text()
