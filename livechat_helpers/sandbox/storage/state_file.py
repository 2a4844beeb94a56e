"""The whole state as one JSON file, to start from, share or inspect.

It contains applications, users, conversations, members and events. It leaves out what
belongs to one machine: the account's secrets, current connections, and waiting
webhooks. It can come from anybody, so it's checked before it's used.
"""

import sqlite3
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .schema import STEPS
from .store import Transaction

FORMAT = "vonage-sandbox state"
VERSION = 1
_CARRIED = ("applications", "users", "conversations", "members", "events")
_COUNTED = "sqlite_sequence"  # SQLite's counters, so that no position is reused

Rows = list[tuple[Any, ...]]
Tables = dict[str, tuple[list[str], Rows]]


class StateFileError(Exception):
    """A file doesn't contain a state; the text says what's wrong with it."""


def write(tables: Tables) -> bytes:
    """Return the content of a file for a state, with a line for each row.

    tables: the columns and rows of the tables.
    """
    encode = msgspec.json.encode
    parts = [
        f'{{"format": "{FORMAT}", "version": {VERSION}, "schema": {len(STEPS)},'
        ' "tables": {'.encode()
    ]
    for number, name in enumerate((*_CARRIED, _COUNTED)):
        columns, rows = tables.get(name, ([], []))
        if name == _COUNTED:
            rows = [row for row in rows if row[0] in _CARRIED]
        parts.append(
            (",\n" if number else "\n").encode()
            + encode(name)
            + b': {"columns": '
            + encode(columns)
            + b', "rows": ['
            + b",".join(b"\n" + encode(row) for row in rows)
            + b"]}"
        )
    return b"".join([*parts, b"}}\n"])


def read(content: bytes) -> Tables:
    """Return the columns and rows of each table in a file.

    content: the file's content.

    Raises:
        StateFileError: it isn't such a file, or a newer sandbox wrote it.
    """
    try:
        state = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StateFileError(f"it's not JSON: {error}") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise StateFileError("it wasn't written by export")
    version, schema = state.get("version"), state.get("schema")
    if not isinstance(version, int) or not isinstance(schema, int):
        raise StateFileError("it doesn't say which version wrote it")
    if version > VERSION or schema > len(STEPS):
        raise StateFileError("a newer sandbox wrote it, so update this one")
    tables = state.get("tables")
    if not isinstance(tables, dict):
        raise StateFileError("it has no tables")
    return {name: _table(name, table) for name, table in tables.items()}


def _table(name: str, table: Any) -> tuple[list[str], Rows]:
    known = _columns().get(name)
    if known is None:
        raise StateFileError(f"a sandbox has no table {name!r}")
    try:
        columns, rows = table["columns"], table["rows"]
    except (TypeError, KeyError):
        raise StateFileError(f"{name} has no columns or no rows") from None
    if not isinstance(columns, list) or not isinstance(rows, list):
        raise StateFileError(f"{name} has no columns or no rows")
    for column in columns:
        if (
            not isinstance(column, str)
            or column not in known
            or columns.count(column) > 1
        ):
            raise StateFileError(f"{name} has no column {column!r}")
    for row in rows:
        if not isinstance(row, list) or len(row) != len(columns):
            raise StateFileError(f"a row of {name} isn't as long as its columns")
        if not all(value is None or type(value) in (str, int, float) for value in row):
            raise StateFileError(f"a row of {name} contains more than text and numbers")
    return columns, [tuple(row) for row in rows]


@cache
def _columns() -> dict[str, frozenset[str]]:
    """Return the columns of each table that the file can contain."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript("".join(STEPS))
        return {
            name: frozenset(
                row[1] for row in connection.execute(f"PRAGMA table_info({name})")
            )
            for name in (*_CARRIED, _COUNTED)
        }
    finally:
        connection.close()


def check(tx: Transaction) -> None:
    """Reject a state in the tables if the sandbox couldn't work with it.

    Raises:
        StateFileError: a part of it isn't valid.
    """
    for name in _CARRIED:
        # A JSON null isn't an object either, and invalid JSON has no type.
        wrong = tx.one(
            f"SELECT body FROM {name} WHERE NOT json_valid(body)"
            " OR json_type(CASE WHEN json_valid(body) THEN body END) <> 'object'"
        )
        if wrong is not None:
            raise StateFileError(f"a body in {name} isn't a JSON object")
    for row in tx.all("SELECT id, public_key FROM applications"):
        _check_key(row["id"], row["public_key"])
    for row in tx.all("SELECT expires FROM conversations WHERE expires IS NOT NULL"):
        _check_moment(row["expires"])
    beyond = tx.one(
        "SELECT c.id FROM conversations c JOIN events e ON e.conversation_id = c.id"
        " WHERE e.id > c.sequence_number OR e.id < 1"
    )
    if beyond is not None:
        raise StateFileError(f"{beyond['id']} has events beyond its sequence_number")
    for outer, inner, key in _REFERENCES:
        lost = tx.one(
            f"SELECT {key} AS lost FROM {inner}"
            f" WHERE {key} NOT IN (SELECT id FROM {outer})"
        )
        if lost is not None:
            raise StateFileError(f"{inner} names {lost['lost']!r}, which isn't there")


_REFERENCES = (
    ("applications", "users", "application_id"),
    ("applications", "conversations", "application_id"),
    ("conversations", "members", "conversation_id"),
    ("conversations", "events", "conversation_id"),
)


def _check_key(application_id: str, pem: str) -> None:
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except Exception:  # cryptography raises all sorts of errors here.
        key = None
    if not isinstance(key, RSAPublicKey):
        raise StateFileError(f"the public key of {application_id} isn't an RSA key")


def _check_moment(text: str) -> None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise StateFileError(f"{text!r} isn't a time")
