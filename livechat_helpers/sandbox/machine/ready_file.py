"""The ready file of a running sandbox: its addresses and credentials."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INFO_FILE = "sandbox.json"
LOCK_FILE = "lock.sqlite3"
NOT_RUNNING = (
    "The sandbox is not running.\nStart it: python -m livechat_helpers sandbox"
)


class NotRunning(Exception):
    """There's no sandbox to talk to; the text says why and what to do."""


class Secret:
    """A text that isn't shown unless it's asked for.

    value: the text.
    """

    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        """Return the text itself."""
        return self._value

    def __repr__(self) -> str:
        """Return stars: a secret must not end up in a log or a notebook."""
        return "Secret('**********')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True)
class SandboxInfo:
    """Where a running sandbox listens, and the credentials of its account.

    http, tls: the addresses of its two listeners. ca: the certificate to trust.
    """

    http: str
    tls: str
    ca: Path
    api_key: str
    api_secret: Secret
    signature_secret: Secret

    @classmethod
    def read(cls, ready: dict[str, Any]) -> "SandboxInfo":
        """Return what the ready line says, or the file with the same content.

        ready: the JSON object.

        Raises:
            ValueError: it's not that of a sandbox.
        """
        names = ("http", "tls", "ca", "api_key", "api_secret", "signature_secret")
        try:
            http, tls, ca, key, secret, signature = (ready[name] for name in names)
            return cls(http, tls, Path(ca), key, Secret(secret), Secret(signature))
        except (KeyError, TypeError) as error:
            raise ValueError(
                "this isn't what a sandbox says when it's ready"
            ) from error


def running_sandbox(folder: Path) -> SandboxInfo:
    """Return what the sandbox that runs on a folder wrote about itself.

    folder: where it keeps its state.

    Raises:
        NotRunning: no sandbox runs on that folder, or a file it needs is damaged.
    """
    path = folder / INFO_FILE
    try:
        info = SandboxInfo.read(json.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        if not _is_locked(folder):
            raise NotRunning(NOT_RUNNING) from error
        how = "missing" if isinstance(error, FileNotFoundError) else "damaged"
        raise _lost(path, how) from error
    try:
        whole = info.ca.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
    except OSError as error:
        raise _lost(info.ca, "missing") from error
    if not whole:
        raise _lost(info.ca, "damaged")
    return info


def _lost(path: Path, how: str) -> NotRunning:
    return NotRunning(
        f"{path} is {how}, and the sandbox can't be reached without it.\n"
        "Stop the sandbox, and start it again: it writes the file again."
    )


def _is_locked(folder: Path) -> bool:
    """Return whether a sandbox holds a folder."""
    lock = folder / LOCK_FILE
    if not lock.exists():
        return False
    with closing(
        sqlite3.connect(f"{lock.as_uri()}?mode=ro", uri=True, timeout=0)
    ) as db:
        try:
            db.execute("SELECT 1 FROM sqlite_master").fetchall()
        except sqlite3.DatabaseError as error:
            return "locked" in str(error)
    return False
