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
    """No sandbox can be reached; the text says why and what to do."""


class Secret:
    """A text that isn't shown unless you ask for it.

    value: the text.
    """

    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        """Return the text."""
        return self._value

    def __repr__(self) -> str:
        """Return asterisks, so that no secret ends up in a log or a notebook."""
        return "Secret('**********')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True)
class SandboxInfo:
    """The addresses of a running sandbox, and its account's credentials.

    http, tls: the addresses of its two listeners.
    ca: the certificate to trust.
    api_key, api_secret, signature_secret: the account's credentials.
    """

    http: str
    tls: str
    ca: Path
    api_key: str
    api_secret: Secret
    signature_secret: Secret

    @classmethod
    def read(cls, ready: dict[str, Any]) -> "SandboxInfo":
        """Read a sandbox's details from its ready line or its ready file.

        ready: the JSON object, which is the same in both.

        Raises:
            ValueError: it doesn't come from a sandbox.
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
    """Return the details that a running sandbox wrote into its folder.

    folder: the folder of its state.

    Raises:
        NotRunning: no sandbox is running there, or one of its files is damaged.
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
    """Return whether a running sandbox holds the folder's lock."""
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
