"""The rules of sessions: whose they are, and how long one may be away.

A session outlives its websocket: after a drop the SDK comes back with its id. Only
when it has been away for too long is it forgotten.
Source: https://developer.vonage.com/en/vonage-client-sdk/overview
"""

import sqlite3

from ..http.errors import ApiError
from ..http.validation import Json
from ..storage.store import Transaction
from . import users
from .users import User

SESSION_LIFE = 15 * 60
"""Seconds a session may be away before it is forgotten."""


def alive(tx: Transaction) -> tuple[str, float]:
    """Return the SQL condition of a session that is not forgotten, and its value."""
    # `dropped` is NULL while it is connected.
    oldest = tx.clock.seconds() - SESSION_LIFE
    return "(dropped IS NULL OR dropped >= ?)", oldest


def create(tx: Transaction, user: User) -> sqlite3.Row:
    """Store a new session of a user, and forget those that were away for too long.

    Its websocket is not there yet: see :func:`connect`.

    Raises:
        ApiError: ``user:error:not-found``: it was deleted since it was looked up.
    """
    if users.by_id(tx, user.id) is None:
        raise ApiError("user:error:not-found")
    condition, oldest = alive(tx)
    tx.run(f"DELETE FROM sessions WHERE NOT {condition}", oldest)
    session_id = tx.ids.new("SES-")
    tx.run(
        "INSERT INTO sessions (id, application_id, user_id, dropped)"
        " VALUES (?, ?, ?, ?)",
        session_id,
        user.application_id,
        user.id,
        tx.clock.seconds(),
    )
    return find(tx, session_id, user)


def find(tx: Transaction, session_id: str, user: User) -> sqlite3.Row:
    """Return a session of a user.

    Raises:
        ApiError: ``session:error:not-found``, also for another user's session.
    """
    condition, oldest = alive(tx)
    row = tx.one(
        f"SELECT * FROM sessions WHERE id = ? AND user_id = ? AND {condition}",
        session_id,
        user.id,
        oldest,
    )
    if row is None:
        raise ApiError("session:error:not-found")
    return row


def connect(
    tx: Transaction, session_id: str, websocket: str, acknowledges: bool | None
) -> sqlite3.Row:
    """Note that a session has a websocket, and return the session.

    websocket: what tells this one from another. acknowledges: whether its client
        answers every event; None for what it said at first.
    """
    row = tx.one(
        "UPDATE sessions SET dropped = NULL, websocket = ?,"
        " acknowledges = coalesce(?, acknowledges) WHERE id = ? RETURNING *",
        websocket,
        acknowledges,
        session_id,
    )
    assert row is not None
    return row


def drop(tx: Transaction, session_id: str, websocket: str) -> None:
    """Note that a session has lost a websocket, unless it has another already."""
    tx.run(
        "UPDATE sessions SET dropped = ? WHERE id = ? AND websocket = ?",
        tx.clock.seconds(),
        session_id,
        websocket,
    )


def drop_all(tx: Transaction) -> None:
    """Note that no session has a websocket: they belonged to another state."""
    tx.run(
        "UPDATE sessions SET dropped = ?, websocket = NULL WHERE dropped IS NULL",
        tx.clock.seconds(),
    )


def touch(tx: Transaction, session_id: str) -> None:
    """Let a session that is away stay away again."""
    tx.run(
        "UPDATE sessions SET dropped = ? WHERE id = ? AND dropped IS NOT NULL",
        tx.clock.seconds(),
        session_id,
    )


def forget(tx: Transaction, session_id: str) -> None:
    """Remove a session: it has logged out."""
    tx.run("DELETE FROM sessions WHERE id = ?", session_id)


def shape(session: sqlite3.Row, user: User, api_key: str) -> Json:
    """Return a session as the API answers it, without its links."""
    return {
        "id": session["id"],
        "_embedded": {"user": {"id": user.id, "name": user.name}, "api_key": api_key},
        "properties": {"ttl": SESSION_LIFE},
    }
